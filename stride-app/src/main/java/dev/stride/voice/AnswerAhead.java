package dev.stride.voice;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An answer that may be asked for before the turn is over: nothing of it is told until it is let out. */
final class AnswerAhead implements Answerer.Listener, Answerer.Running {
    private final List<CallLine> lines;
    private final List<Consumer<Answerer.Listener>> kept = new ArrayList<>();
    private Answerer.@Nullable Running running;
    private Answerer.@Nullable Listener listener;
    private boolean failed;

    /** Asks for an answer to these lines. */
    AnswerAhead(Answerer answerer, List<CallLine> lines) {
        this.lines = List.copyOf(lines);
        try {
            running = answerer.answer(this.lines, this);
        } catch (RuntimeException e) {
            failed("the model could not be asked: " + e.getMessage());
        }
    }

    /** Whether it answers these lines; one that has failed does not, so that the model is asked again. */
    synchronized boolean answers(List<CallLine> asked) {
        return !failed && lines.equals(asked);
    }

    /** Hands over what there is and what is to come. */
    synchronized void letOut(Answerer.Listener to) {
        listener = to;
        kept.forEach(event -> event.accept(to));
        kept.clear();
    }

    @Override
    public void text(String fragment) {
        tell(to -> to.text(fragment));
    }

    @Override
    public void done() {
        tell(Answerer.Listener::done);
    }

    @Override
    public synchronized void failed(String message) {
        failed = true;
        tell(to -> to.failed(message));
    }

    @Override
    public void cancel() {
        Answerer.Running mine = running;
        if (mine != null) {
            mine.cancel();
        }
    }

    private synchronized void tell(Consumer<Answerer.Listener> event) {
        if (listener == null) {
            kept.add(event);
        } else {
            event.accept(listener);
        }
    }
}
