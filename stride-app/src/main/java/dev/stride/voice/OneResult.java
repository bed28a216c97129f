package dev.stride.voice;

/** Keeps a recognizer's events in their order: one end, and nothing behind it or behind a cancel. */
final class OneResult extends OneEnding implements Recognizer.Listener {
    private final Recognizer.Listener listener;

    OneResult(Recognizer.Listener listener) {
        this.listener = listener;
    }

    @Override
    public void partial(String text) {
        if (!isOver()) {
            listener.partial(text);
        }
    }

    @Override
    public void result(String text) {
        if (cancel()) {
            listener.result(text);
        }
    }

    @Override
    public void failed(EngineFailure failure) {
        if (cancel()) {
            listener.failed(failure);
        }
    }
}
