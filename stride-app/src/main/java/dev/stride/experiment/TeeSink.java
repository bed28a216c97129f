package dev.stride.experiment;

import java.util.List;
import java.util.function.Consumer;

/** Several sinks as one: each gets everything, in the order given, even when another of them fails. */
public final class TeeSink implements EventSink {
    private final List<EventSink> sinks;

    /** A sink that passes everything on to others, which it owns. */
    public TeeSink(List<? extends EventSink> sinks) {
        this.sinks = List.copyOf(sinks);
    }

    @Override
    public void write(RunEvent event) {
        each(sink -> sink.write(event));
    }

    @Override
    public void write(SampleRecord sample) {
        each(sink -> sink.write(sample));
    }

    @Override
    public void write(RowLosses rows) {
        each(sink -> sink.write(rows));
    }

    @Override
    public void write(TrialSummary run) {
        each(sink -> sink.write(run));
    }

    @Override
    public void flush() {
        each(EventSink::flush);
    }

    @Override
    public void close() {
        each(EventSink::close);
    }

    private void each(Consumer<EventSink> action) {
        RuntimeException failure = null;
        for (EventSink sink : sinks) {
            try {
                action.accept(sink);
            } catch (RuntimeException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
