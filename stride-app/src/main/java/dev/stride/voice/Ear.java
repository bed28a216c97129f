package dev.stride.voice;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The recognition of a call: a session for each turn, of which the last ones may still be without their text. Where a
 * recognizer fails the next one gets the turn's sound from its beginning. Used by the call's own thread alone.
 */
final class Ear {
    /** What comes of it, in the call's own thread. */
    interface Listener {
        void partial(long turn, String text);

        /** Each turn that was finished gets one, empty when its text is lost. */
        void result(long turn, String text);

        void failed(long turn, EngineFailure failure);
    }

    private static final long PATIENCE_NANOS = 8_000_000_000L;
    private static final int FAILURES = 2;

    private final List<Recognizer> recognizers;
    private final Consumer<Runnable> owner;
    private final Listener listener;
    private final Map<Long, Turn> turns = new TreeMap<>();
    private int engine;
    private int failures;

    Ear(List<Recognizer> recognizers, Consumer<Runnable> owner, Listener listener) {
        this.recognizers = recognizers;
        this.owner = owner;
        this.listener = listener;
    }

    private static final class Turn {
        final long number;
        final List<short[]> sound = new ArrayList<>();
        Recognizer.Session session = NOBODY;
        /** Which of the turn's sessions speaks; an older one is not listened to. */
        int attempt;

        String text = "";
        boolean finished;
        boolean lost;
        long finishedAt;

        Turn(long number) {
            this.number = number;
        }
    }

    private static final Recognizer.Session NOBODY = new Recognizer.Session() {
        @Override
        public void feed(short[] samples) {}

        @Override
        public void finish() {}

        @Override
        public void cancel() {}
    };

    void listen(long number, List<short[]> first) {
        Turn turn = new Turn(number);
        turn.sound.addAll(first);
        turns.put(number, turn);
        open(turn);
    }

    void feed(long number, short[] frame) {
        Turn turn = turns.get(number);
        if (turn != null && !turn.finished) {
            turn.sound.add(frame);
            turn.session.feed(frame);
        }
    }

    void finish(long number, long nanos) {
        Turn turn = turns.get(number);
        if (turn == null) {
            return;
        }
        turn.finished = true;
        turn.finishedAt = nanos;
        if (turn.lost) {
            result(turn, turn.text);
        } else {
            turn.session.finish();
        }
    }

    void cancel(long number) {
        Turn turn = turns.remove(number);
        if (turn != null) {
            turn.session.cancel();
        }
    }

    void close() {
        turns.values().forEach(turn -> turn.session.cancel());
        turns.clear();
    }

    /** Gives up turns whose text does not come. */
    void tick(long nanos) {
        List<Turn> late = new ArrayList<>();
        for (Iterator<Turn> all = turns.values().iterator(); all.hasNext(); ) {
            Turn turn = all.next();
            if (turn.finished && nanos - turn.finishedAt > PATIENCE_NANOS) {
                late.add(turn);
            }
        }
        for (Turn turn : late) {
            String name = recognizers.get(engine).name();
            turn.session.cancel();
            failed(
                    turn,
                    new EngineFailure(name, name + ": no text came within 8 seconds of the end of the turn", true),
                    nanos);
        }
    }

    private void open(Turn turn) {
        int attempt = ++turn.attempt;
        turn.session = recognizers.get(engine).open(new Recognizer.Listener() {
            @Override
            public void partial(String text) {
                later(turn, attempt, () -> {
                    turn.text = text;
                    listener.partial(turn.number, text);
                });
            }

            @Override
            public void result(String text) {
                later(turn, attempt, () -> {
                    failures = 0;
                    if (turn.finished) {
                        Ear.this.result(turn, text);
                    } else {
                        // it thinks that the turn is over; only we say so
                        turn.text = text;
                        turn.lost = true;
                    }
                });
            }

            @Override
            public void failed(EngineFailure failure) {
                later(turn, attempt, () -> Ear.this.failed(turn, failure, turn.finishedAt));
            }
        });
        turn.sound.forEach(turn.session::feed);
    }

    private void later(Turn turn, int attempt, Runnable work) {
        owner.accept(() -> {
            if (turns.get(turn.number) == turn && turn.attempt == attempt) {
                work.run();
            }
        });
    }

    private void failed(Turn turn, EngineFailure failure, long nanos) {
        listener.failed(turn.number, failure);
        failures++;
        boolean another = engine + 1 < recognizers.size() && (!failure.isPassing() || failures >= FAILURES);
        if (another) {
            engine++;
            failures = 0;
        }
        boolean again = another || failure.isPassing() && failures < FAILURES && turn.text.isEmpty();
        if (again) {
            turn.finishedAt = nanos;
            open(turn);
            if (turn.finished) {
                turn.session.finish();
            }
        } else if (turn.finished) {
            result(turn, turn.text);
        } else {
            turn.lost = true;
            turn.session = NOBODY;
        }
    }

    private void result(Turn turn, String text) {
        turns.remove(turn.number);
        listener.result(turn.number, text);
    }
}
