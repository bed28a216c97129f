package dev.stride.voice;

import java.util.concurrent.atomic.AtomicBoolean;

/** Keeps a speaker's events in their order: one end, and nothing behind it or behind a cancel. */
final class OneEnd implements Speaker.Listener {
    private final Speaker.Listener listener;
    private final AtomicBoolean over = new AtomicBoolean();

    OneEnd(Speaker.Listener listener) {
        this.listener = listener;
    }

    /** Ends it without an event; false if it was over. */
    boolean cancel() {
        return over.compareAndSet(false, true);
    }

    boolean isOver() {
        return over.get();
    }

    @Override
    public void sound(int piece, Pcm chunk) {
        if (!over.get()) {
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
