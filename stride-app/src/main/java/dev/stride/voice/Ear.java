package dev.stride.voice;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The recognition of a call: a session for each turn, of which the last ones may still be without their text. A recognizer
 * that hears in pieces gets a turn cut at its pauses, so that the text so far is there before the turn is over. Where a
 * recognizer fails the next one gets the turn's sound from its beginning. Used by the call's own thread alone.
 */
final class Ear {
    /** What comes of it, in the call's own thread. */
    interface Listener {
        void partial(long turn, String text);

        /** All that was said before the pause in which the turn is. */
        void soFar(long turn, String text);

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
        final List<Piece> pieces = new ArrayList<>();
        int pausedAt;
        boolean finished;
        long finishedAt;

        Turn(long number) {
            this.number = number;
        }

        Piece last() {
            return pieces.get(pieces.size() - 1);
        }

        boolean isOver() {
            return pieces.stream().allMatch(piece -> piece.over);
        }

        String text() {
            String text = "";
            for (Piece piece : pieces) {
                text = TurnText.join(text, piece.text);
            }
            return text;
        }
    }

    /** What one session hears of a turn. */
    private static final class Piece {
        Recognizer.Session session = NOBODY;
        String text = "";
        /** It gets no more sound. */
        boolean whole;
        /** Its text does not change any more. */
        boolean over;

        void finish() {
            if (!whole) {
                whole = true;
                session.finish();
            }
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
        open(turn, 0);
    }

    void feed(long number, short[] frame) {
        Turn turn = turns.get(number);
        if (turn != null && !turn.finished) {
            turn.sound.add(frame);
            if (!turn.last().whole) {
                turn.last().session.feed(frame);
            }
        }
    }

    /** The turn may be over: asks for the text so far where that costs nothing. */
    void pause(long number) {
        Turn turn = turns.get(number);
        if (turn != null && !turn.finished && recognizers.get(engine).hearsInPieces()) {
            turn.pausedAt = turn.sound.size();
            turn.last().finish();
        }
    }

    /** The turn goes on. */
    void resume(long number) {
        Turn turn = turns.get(number);
        if (turn != null && turn.last().whole) {
            open(turn, turn.pausedAt);
        }
    }

    void finish(long number, long nanos) {
        Turn turn = turns.get(number);
        if (turn != null) {
            turn.finished = true;
            turn.finishedAt = nanos;
            turn.last().finish();
            settle(turn);
        }
    }

    void cancel(long number) {
        Turn turn = turns.remove(number);
        if (turn != null) {
            cancel(turn);
        }
    }

    void close() {
        turns.values().forEach(Ear::cancel);
        turns.clear();
    }

    private static void cancel(Turn turn) {
        turn.pieces.forEach(piece -> piece.session.cancel());
        turn.pieces.clear();
    }

    /** Gives up turns whose text does not come. */
    void tick(long nanos) {
        List<Turn> late = turns.values().stream()
                .filter(turn -> turn.finished && nanos - turn.finishedAt > PATIENCE_NANOS)
                .toList();
        for (Turn turn : late) {
            String name = recognizers.get(engine).name();
            failed(
                    turn,
                    new EngineFailure(name, name + ": no text came within 8 seconds of the end of the turn", true),
                    nanos);
        }
    }

    private void open(Turn turn, int from) {
        Piece piece = new Piece();
        turn.pieces.add(piece);
        piece.session = recognizers.get(engine).open(new Recognizer.Listener() {
            @Override
            public void partial(String text) {
                later(turn, piece, () -> {
                    piece.text = text;
                    listener.partial(turn.number, turn.text());
                });
            }

            @Override
            public void result(String text) {
                later(turn, piece, () -> {
                    failures = 0;
                    piece.text = text;
                    piece.over = true;
                    settle(turn);
                });
            }

            @Override
            public void failed(EngineFailure failure) {
                later(turn, piece, () -> Ear.this.failed(turn, failure, turn.finishedAt));
            }
        });
        turn.sound.subList(from, turn.sound.size()).forEach(piece.session::feed);
    }

    private void later(Turn turn, Piece piece, Runnable work) {
        owner.accept(() -> {
            if (turns.get(turn.number) == turn && turn.pieces.contains(piece) && !piece.over) {
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
        String text = turn.text();
        boolean whole = turn.last().whole;
        cancel(turn);
        if (another || failure.isPassing() && failures < FAILURES && text.isEmpty()) {
            turn.finishedAt = nanos;
            open(turn, 0);
        } else {
            Piece lost = new Piece();
            lost.text = text;
            lost.over = true;
            turn.pieces.add(lost);
        }
        if (whole) {
            turn.pausedAt = turn.sound.size();
            turn.last().finish();
        }
        settle(turn);
    }

    /** Tells the text once nothing of it is missing. An engine may think that a turn is over; only the call says so. */
    private void settle(Turn turn) {
        if (!turn.isOver()) {
            return;
        }
        if (turn.finished) {
            turns.remove(turn.number);
            listener.result(turn.number, turn.text());
        } else if (turn.last().whole) {
            listener.soFar(turn.number, turn.text());
        }
    }
}
