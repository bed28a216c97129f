package dev.stride.voice;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A call without its thread: everything here is called by one thread, and what engines say from theirs is handed to it.
 * When the user interrupts, the order is: the new turn is already listened to, then the model stops, then the voice, then
 * the player is told.
 */
final class Conversation implements Ear.Listener {
    private static final int KEPT_FRAMES = 3_000 / VoiceActivity.FRAME_MILLIS;

    private final CallParts parts;
    private final Consumer<Runnable> owner;
    private final LongSupplier clock;
    private final Consumer<CallEvent> events;
    private final TurnTaking turns;
    private final Ear ear;
    private final Deque<short[]> kept = new ArrayDeque<>();

    private List<CallLine> lines = new ArrayList<>();
    private VoiceActivity activity;
    private short[] frame = new short[VoiceActivity.FRAME];
    private int filled;
    private Stopwatch watch = new Stopwatch(0, 0);
    private long turn;
    /** The turn that ended and whose text is to be answered; 0 for none. */
    private long asked;

    private @Nullable AnswerAhead prepared;
    private @Nullable Reply reply;
    private @Nullable Reply cutOff;

    Conversation(CallParts parts, Consumer<Runnable> owner, LongSupplier clock, Consumer<CallEvent> events) {
        this.parts = parts;
        this.owner = owner;
        this.clock = clock;
        this.events = events;
        turns = new TurnTaking(parts.turns());
        ear = new Ear(parts.recognizers(), owner, this);
        activity = parts.activity();
    }

    /** An answer and where it stands. */
    private final class Reply implements Answerer.Listener, Mouth.Listener {
        final long turn;
        final Stopwatch watch;
        final Mouth mouth;
        Answerer.@Nullable Running running;
        int line = -1;

        Reply(long turn, Stopwatch watch) {
            this.turn = turn;
            this.watch = watch;
            mouth = new Mouth(parts, owner, this, clock.getAsLong());
        }

        private void later(Runnable work) {
            owner.accept(() -> {
                if (reply == this) {
                    work.run();
                }
            });
        }

        @Override
        public void text(String fragment) {
            later(() -> {
                watch.text(clock.getAsLong());
                events.accept(new CallEvent.AnswerText(turn, fragment));
                if (mouth.text(fragment, clock.getAsLong())) {
                    watch.piece(clock.getAsLong());
                }
            });
        }

        @Override
        public void done() {
            later(() -> {
                events.accept(new CallEvent.Answered(turn));
                mouth.finishText(clock.getAsLong());
            });
        }

        @Override
        public void failed(String message) {
            later(() -> {
                events.accept(new CallEvent.Failed(turn, new EngineFailure("model", message, true)));
                mouth.finishText(clock.getAsLong());
            });
        }

        @Override
        public void sound(int piece, Pcm sound) {
            if (watch.isFirstSound(clock.getAsLong())) {
                events.accept(watch.latency(turn));
            }
            turns.phase(Phase.SPEAKING, mouth.ours());
            events.accept(new CallEvent.Sound(turn, piece, sound));
        }

        @Override
        public void failed(EngineFailure failure) {
            events.accept(new CallEvent.Failed(turn, failure));
        }
    }

    List<CallLine> lines() {
        return List.copyOf(lines);
    }

    /** Takes sound of the microphone. */
    void feed(short[] samples) {
        for (int at = 0; at < samples.length; ) {
            int count = Math.min(samples.length - at, frame.length - filled);
            System.arraycopy(samples, at, frame, filled, count);
            filled += count;
            at += count;
            if (filled == frame.length) {
                filled = 0;
                frame(frame);
                frame = new short[VoiceActivity.FRAME];
            }
        }
    }

    private void frame(short[] samples) {
        kept.add(samples);
        if (kept.size() > KEPT_FRAMES) {
            kept.remove();
        }
        if (turns.isOpen()) {
            ear.feed(turn, samples);
        }
        take(turns.frame(probability(samples), clock.getAsLong()));
    }

    private double probability(short[] samples) {
        try {
            return activity.probability(samples);
        } catch (IllegalStateException e) {
            events.accept(new CallEvent.Failed(
                    turn, new EngineFailure("voice activity", e.getMessage() + "; going on by energy", false)));
            activity.close();
            activity = new EnergyActivity();
            return activity.probability(samples);
        }
    }

    private void take(List<TurnEvent> found) {
        for (TurnEvent event : found) {
            if (event instanceof TurnEvent.Listen listen) {
                turn = listen.turn();
                ear.listen(turn, from(listen.fromMillis()));
                events.accept(new CallEvent.Listening(turn, listen.fromMillis()));
            } else if (event instanceof TurnEvent.Started started) {
                interrupt();
                events.accept(new CallEvent.SpeechStarted(turn, started.atMillis()));
            } else if (event instanceof TurnEvent.Paused) {
                ear.pause(turn);
            } else if (event instanceof TurnEvent.Resumed) {
                dropPrepared();
                ear.resume(turn);
            } else if (event instanceof TurnEvent.Ended ended) {
                events.accept(new CallEvent.SpeechStopped(turn, ended.cause(), ended.speechEndMillis()));
                asked = turn;
                turns.phase(Phase.THINKING, "");
                watch = new Stopwatch(clock.getAsLong(), ended.atMillis() - ended.speechEndMillis());
                ear.finish(turn, clock.getAsLong());
            } else if (event instanceof TurnEvent.Dropped dropped) {
                ear.cancel(turn);
                events.accept(new CallEvent.Ignored(turn, dropped.reason()));
            }
        }
    }

    private List<short[]> from(long millis) {
        long frames = Math.min(kept.size(), (turns.millis() - millis) / VoiceActivity.FRAME_MILLIS);
        List<short[]> all = new ArrayList<>(kept);
        return all.subList(all.size() - (int) frames, all.size());
    }

    @Override
    public void partial(long ofTurn, String text) {
        events.accept(new CallEvent.Partial(ofTurn, text));
        take(turns.partial(ofTurn, text));
    }

    @Override
    public void soFar(long ofTurn, String text) {
        partial(ofTurn, text);
        if (ofTurn == turn && turns.isOpen() && !text.isBlank()) {
            dropPrepared();
            prepared = new AnswerAhead(parts.answerer(), with(text.strip()));
        }
    }

    @Override
    public void result(long ofTurn, String text) {
        String said = text.strip();
        events.accept(new CallEvent.Final(ofTurn, said));
        lines = with(said);
        if (ofTurn != asked) {
            // the user went on speaking: this is the beginning of a longer question
            return;
        }
        asked = 0;
        if (said.isEmpty() && !endsWithUser()) {
            turns.phase(Phase.IDLE, "");
            return;
        }
        watch.recognised(clock.getAsLong());
        answer(ofTurn);
    }

    @Override
    public void failed(long ofTurn, EngineFailure failure) {
        events.accept(new CallEvent.Failed(ofTurn, failure));
    }

    /** Answers a typed question. */
    void type(String text) {
        interrupt();
        turn = turns.skip();
        ear.close();
        lines = with(text.strip());
        watch = new Stopwatch(clock.getAsLong(), 0);
        watch.recognised(clock.getAsLong());
        events.accept(new CallEvent.Final(turn, text.strip()));
        answer(turn);
    }

    /** Says something unasked, as a greeting. */
    void say(String text) {
        interrupt();
        turn = turns.skip();
        ear.close();
        Reply mine = new Reply(turn, new Stopwatch(clock.getAsLong(), 0));
        reply = mine;
        mine.text(text);
        mine.done();
    }

    /** Ends the turn of the user, as a button does. */
    void endTurn() {
        take(turns.end());
    }

    private void answer(long toTurn) {
        turns.phase(Phase.THINKING, "");
        Reply mine = new Reply(toTurn, watch);
        reply = mine;
        AnswerAhead ready = prepared;
        if (ready == null || !ready.answers(lines)) {
            dropPrepared();
            ready = new AnswerAhead(parts.answerer(), lines);
        }
        prepared = null;
        mine.running = ready;
        ready.letOut(mine);
    }

    private void dropPrepared() {
        AnswerAhead dropped = prepared;
        prepared = null;
        if (dropped != null) {
            dropped.cancel();
        }
    }

    /** Stops what we think and say; what was heard of it stays in the history. */
    void interrupt() {
        Reply stopped = reply;
        reply = null;
        asked = 0;
        dropPrepared();
        turns.phase(Phase.IDLE, "");
        if (stopped == null) {
            return;
        }
        if (stopped.running != null) {
            stopped.running.cancel();
        }
        double played = stopped.mouth.playedMillis(clock.getAsLong());
        stopped.mouth.cancel();
        String heard = stopped.mouth.heardText(played);
        if (!heard.isBlank()) {
            stopped.line = lines.size();
            lines.add(new CallLine(CallLine.Role.MODEL, heard, true));
        }
        cutOff = stopped;
        events.accept(new CallEvent.Interrupted(stopped.turn, heard, played));
    }

    /** Takes how much of an answer the player has really played; also a moment after an interruption. */
    void played(long ofTurn, double millis) {
        Reply running = reply;
        Reply stopped = cutOff;
        if (running != null && running.turn == ofTurn) {
            running.mouth.played(millis, clock.getAsLong());
        } else if (stopped != null && stopped.turn == ofTurn && stopped.line >= 0) {
            String heard = stopped.mouth.heardText(millis);
            if (!heard.isBlank()) {
                lines.set(stopped.line, new CallLine(CallLine.Role.MODEL, heard, true));
            }
        }
    }

    /** Does what time asks for; every 20 ms or so. */
    void tick() {
        long now = clock.getAsLong();
        take(turns.idle(now));
        ear.tick(now);
        Reply running = reply;
        if (running != null && running.mouth.tick(now) && reply == running) {
            reply = null;
            String text = running.mouth.text();
            if (!text.isBlank()) {
                lines.add(new CallLine(CallLine.Role.MODEL, text, false));
            }
            turns.phase(Phase.IDLE, "");
            events.accept(new CallEvent.Spoken(running.turn, text));
        }
    }

    void close() {
        dropPrepared();
        Reply running = reply;
        reply = null;
        if (running != null) {
            if (running.running != null) {
                running.running.cancel();
            }
            running.mouth.cancel();
        }
        ear.close();
        activity.close();
        parts.recognizers().stream().filter(Recognizer::isOfOneCall).forEach(Recognizer::close);
    }

    private boolean endsWithUser() {
        return !lines.isEmpty() && lines.get(lines.size() - 1).role() == CallLine.Role.USER;
    }

    /** The history with what the user said; two turns without an answer between them are one question. */
    private List<CallLine> with(String text) {
        List<CallLine> all = new ArrayList<>(lines);
        if (!text.isEmpty()) {
            String before = endsWithUser() ? all.remove(all.size() - 1).text() : "";
            all.add(new CallLine(CallLine.Role.USER, TurnText.join(before, text), false));
        }
        return all;
    }
}
