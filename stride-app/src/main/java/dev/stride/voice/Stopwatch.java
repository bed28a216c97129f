package dev.stride.voice;

/** When each stage of an answer was reached, in nanoseconds of the call's clock. */
final class Stopwatch {
    private final double endOfTurn;
    private final long ended;
    private long recognised;
    private long text;
    private long piece;
    private long sound;

    /** Starts where a turn was taken for over, so many milliseconds of sound behind the end of speech. */
    Stopwatch(long ended, double endOfTurn) {
        this.ended = ended;
        this.endOfTurn = endOfTurn;
        recognised = ended;
    }

    void recognised(long nanos) {
        recognised = nanos;
    }

    void text(long nanos) {
        text = text == 0 ? nanos : text;
    }

    void piece(long nanos) {
        piece = piece == 0 ? nanos : piece;
    }

    /** Whether this is the first sound. */
    boolean isFirstSound(long nanos) {
        if (sound != 0) {
            return false;
        }
        sound = nanos;
        piece = piece == 0 ? nanos : piece;
        text = text == 0 ? piece : text;
        return true;
    }

    CallEvent.Latency latency(long turn) {
        return new CallEvent.Latency(
                turn,
                endOfTurn,
                millis(ended, recognised),
                millis(recognised, text),
                millis(text, piece),
                millis(piece, sound),
                endOfTurn + millis(ended, sound));
    }

    private static double millis(long from, long to) {
        return (to - from) / 1e6;
    }
}
