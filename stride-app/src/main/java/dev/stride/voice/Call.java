package dev.stride.voice;

import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A spoken conversation with a model: sound of a microphone goes in, {@link CallEvent}s come out. Each call has a thread of
 * its own, in which all events are told; nothing of it is shared with other calls. No engine's failure ends it.
 *
 * <p>Any thread may call its methods; none of them waits.
 */
public final class Call implements AutoCloseable {
    private static final long TICK_MILLIS = 20;

    private final ScheduledExecutorService owner;
    private final Conversation conversation;
    private final Consumer<CallEvent> events;
    private volatile List<CallLine> lines = List.of();

    /**
     * Begins a call.
     *
     * @param events is told what happens, in the call's thread; it must not wait; what it throws is
     *     dropped, so that a page that is gone does not break the call
     */
    public Call(CallParts parts, Consumer<CallEvent> events) {
        this.events = events;
        owner = Executors.newSingleThreadScheduledExecutor(work -> {
            Thread thread = new Thread(work, "voice-call");
            thread.setDaemon(true);
            return thread;
        });
        conversation = new Conversation(parts, this::later, System::nanoTime, this::tell);
        owner.scheduleAtFixedRate(() -> guarded(conversation::tick), TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Takes sound of the microphone, at {@link Pcm#SPEECH_RATE}, in pieces of any length; it must not change afterwards. */
    public void feed(short[] samples) {
        later(() -> conversation.feed(samples));
    }

    /**
     * Takes how much of an answer the player has really played, in milliseconds from its beginning. Without it the clock
     * decides what was heard; it is also taken a moment after {@link CallEvent.Interrupted}.
     */
    public void played(long turn, double millis) {
        later(() -> conversation.played(turn, millis));
    }

    /** Ends the user's turn now, as a button for talking does when it is let go. */
    public void endTurn() {
        later(conversation::endTurn);
    }

    /** Asks by text. */
    public void type(String text) {
        if (!text.isBlank()) {
            later(() -> conversation.type(text));
        }
    }

    /** Says something unasked, as a greeting. */
    public void say(String text) {
        later(() -> conversation.say(text));
    }

    /** Stops what is thought and said, as a button does. */
    public void interrupt() {
        later(conversation::interrupt);
    }

    /** What was said so far, the oldest first; of our own side only what was heard. */
    public List<CallLine> lines() {
        return lines;
    }

    /** Ends the call; no event comes any more once its thread has ended. */
    @Override
    public void close() {
        later(conversation::close);
        owner.shutdown();
    }

    private void later(Runnable work) {
        try {
            owner.execute(() -> guarded(work));
        } catch (RejectedExecutionException e) {
            // an engine that speaks after the end of the call is not listened to
            lines = List.copyOf(lines);
        }
    }

    private void guarded(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            tell(new CallEvent.Failed(0, new EngineFailure("call", "an error of ours: " + e, true)));
        }
        lines = conversation.lines();
    }

    private void tell(CallEvent event) {
        try {
            events.accept(event);
        } catch (RuntimeException e) {
            // whoever listens fails itself; the call must not stop in the middle of a step for that
            lines = conversation.lines();
        }
    }
}
