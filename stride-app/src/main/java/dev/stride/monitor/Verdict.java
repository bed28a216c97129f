package dev.stride.monitor;

/**
 * What a monitor says after it saw a step. Monitors judge; only the trainer acts.
 */
public sealed interface Verdict {
    /** Nothing to do. */
    record Proceed() implements Verdict {}

    /** The update must not be made; training goes on with the next batch. */
    record SkipUpdate(String reason) implements Verdict {}

    /** Training must end; the last good state is kept. */
    record Stop(String reason) implements Verdict {}
}
