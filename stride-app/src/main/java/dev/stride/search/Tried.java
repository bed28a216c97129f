package dev.stride.search;

/**
 * A rate that was tried and what it led to.
 *
 * @param lr the peak rate, above 0
 * @param score the mean over its seeds; not finite where the trial failed or diverged, which is worse than any score
 * @param error the standard error of {@code score}; NaN where it is not known
 */
public record Tried(double lr, double score, double error) {
    public Tried {
        if (!(lr > 0) || Double.isInfinite(lr)) {
            throw new IllegalArgumentException("a rate is above 0 and finite, not " + lr);
        }
    }

    /** A score whose error is not known. */
    public static Tried of(double lr, double score) {
        return new Tried(lr, score, Double.NaN);
    }

    /** A trial that failed or diverged. */
    public static Tried failed(double lr) {
        return of(lr, Double.NaN);
    }

    /** Whether there is a score to compare. */
    public boolean isUsable() {
        return Double.isFinite(score);
    }

    /** The logarithm of the rate, in decades. */
    double decade() {
        return Math.log10(lr);
    }

    /** The score turned so that lower is better; infinite where there is none. */
    double cost(boolean higherIsBetter) {
        return isUsable() ? (higherIsBetter ? -score : score) : Double.POSITIVE_INFINITY;
    }
}
