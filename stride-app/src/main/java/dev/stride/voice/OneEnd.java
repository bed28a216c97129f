package dev.stride.voice;

/** Keeps a speaker's events in their order: one end, and nothing behind it or behind a cancel. */
final class OneEnd extends OneEnding implements Speaker.Listener {
    private final Speaker.Listener listener;

    OneEnd(Speaker.Listener listener) {
        this.listener = listener;
    }

    @Override
    public void sound(int piece, Pcm chunk) {
        if (!isOver()) {
            listener.sound(piece, chunk);
        }
    }

    @Override
    public void done() {
        if (cancel()) {
            listener.done();
        }
    }

    @Override
    public void failed(EngineFailure failure) {
        if (cancel()) {
            listener.failed(failure);
        }
    }
}
