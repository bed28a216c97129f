package dev.stride.voice;

import java.util.concurrent.atomic.AtomicBoolean;

/** Keeps a recognizer's events in their order: one end, and nothing behind it or behind a cancel. */
final class OneResult implements Recognizer.Listener {
    private final Recognizer.Listener listener;
    private final AtomicBoolean over = new AtomicBoolean();

    OneResult(Recognizer.Listener listener) {
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
    public void partial(String text) {
        if (!over.get()) {
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
