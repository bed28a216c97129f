package dev.stride.experiment;

/**
 * A place that a run's events go to, in the order in which they happen. Used by one thread at a time.
 *
 * <p>What {@link #write} took is safe from the end of this process; after {@link #flush} it is also safe from the end of
 * the machine. Failures to write are {@link java.io.UncheckedIOException} with the file in their message.
 */
public interface EventSink extends AutoCloseable {
    /** Takes one event. */
    void write(RunEvent event);

    /** Takes one generated text. */
    void write(SampleRecord sample);

    /** Takes the losses of all validation rows at one evaluation; a sink of curves has no place for them. */
    default void write(RowLosses rows) {}

    /** Takes what the run is as a whole, when it begins or goes on and when it is over; a log of events has no place for it. */
    default void write(TrialSummary run) {}

    /** Returns when all that was taken is on the disk. */
    void flush();

    /** Flushes and lets go of the files; a second call does nothing. */
    @Override
    void close();
}
