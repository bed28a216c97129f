package dev.stride.voice;

import java.util.concurrent.atomic.AtomicBoolean;

/** What ends once: by its own last event, or by a cancel, and then nothing more is told. */
abstract class OneEnding {
    private final AtomicBoolean over = new AtomicBoolean();

    /** Ends it without an event; false if it was over. */
    final boolean cancel() {
        return over.compareAndSet(false, true);
    }

    final boolean isOver() {
        return over.get();
    }
}
