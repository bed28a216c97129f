package dev.stride.train;

import org.jspecify.annotations.Nullable;

/**
 * What the best evaluation of a run is the best in.
 *
 * @param metric a score's name, or {@link Validation#LOSS}
 * @param higherIsBetter its direction
 */
record Goal(String metric, boolean higherIsBetter) {
    /** Whether a value is better than the best until now; one that is not finite never is. */
    boolean isBetter(double value, @Nullable Double best) {
        if (!Double.isFinite(value)) {
            return false;
        }
        return best == null || (higherIsBetter ? value > best : value < best);
    }
}
