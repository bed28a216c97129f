package dev.stride.checkpoint;

/**
 * Which checkpoints of a run stay: the newest ones and the best ones, whatever overlaps.
 *
 * @param keepLast how many of the newest stay, from 1
 * @param keepBest how many of the best stay, from 0
 * @param direction which values of the metric are better
 */
public record Retention(int keepLast, int keepBest, Direction direction) {
    /** Which way a metric improves. */
    public enum Direction {
        /** Like a loss. */
        LOWER_IS_BETTER,
        /** Like BLEU. */
        HIGHER_IS_BETTER
    }

    public Retention {
        if (keepLast < 1) {
            throw new IllegalArgumentException("keepLast " + keepLast + ": the newest checkpoint always stays");
        }
        if (keepBest < 0) {
            throw new IllegalArgumentException("keepBest " + keepBest);
        }
    }

    /** The newest {@code n} alone. */
    public static Retention last(int n) {
        return new Retention(n, 0, Direction.LOWER_IS_BETTER);
    }
}
