package dev.stride.monitor;

/**
 * What a monitor says after it saw a step or an evaluation. Monitors judge; only the trainer acts. A reason is one
 * sentence with its figures.
 */
public sealed interface Verdict {
    /** Nothing to do. */
    record Proceed() implements Verdict {}

    /** Training goes on and the event is recorded; said once for each episode and not at each of its steps. */
    record Alarm(String reason) implements Verdict {}

    /** The update must not be made; training goes on with the next batch. */
    record SkipUpdate(String reason) implements Verdict {}

    /**
     * The rate is lowered from the next update on.
     *
     * @param factor what the rate is multiplied by, between 0 and 1
     */
    record ReduceLr(double factor, String reason) implements Verdict {}

    /** Training no longer helps: it goes back to the best checkpoint and tries something else, or ends. */
    record Recover(String reason) implements Verdict {}

    /** Training must end; the last good state is kept. */
    record Stop(String reason) implements Verdict {}
}
