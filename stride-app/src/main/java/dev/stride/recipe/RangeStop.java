package dev.stride.recipe;

/**
 * Ends a pass of a range test whose loss has risen for good: the smoothed loss is over a multiple of its lowest value, or,
 * having fallen, over the value that it began with.
 *
 * <p>Smoothing is an exponential mean with bias correction: v = beta v + (1 - beta) loss, smoothed v / (1 - beta^n).
 */
public final class RangeStop {
    /** A fall by this share of where the loss began is no noise. */
    private static final double FALL = 0.1;

    private final double beta;
    private final double multiple;
    private final int beginning;
    private double start = Double.NaN;
    private double mean;
    private int count;
    private double lowest = Double.POSITIVE_INFINITY;
    private double smoothed = Double.NaN;

    /**
     * A pass without losses yet.
     *
     * @param beta from 0 (no smoothing) to below 1
     * @param multiple of the lowest smoothed loss, above 1
     * @param beginning losses that tell where the loss began; 0 to go by the multiple alone
     */
    public RangeStop(double beta, double multiple, int beginning) {
        if (!(beta >= 0 && beta < 1) || !(multiple > 1) || beginning < 0) {
            throw new IllegalArgumentException("beta " + beta + ", multiple " + multiple + ", beginning " + beginning);
        }
        this.beginning = beginning;
        this.beta = beta;
        this.multiple = multiple;
    }

    /** Takes the next loss, and says whether the pass ends with it. A loss that is not finite ends it. */
    public boolean endsWith(double loss) {
        if (!Double.isFinite(loss)) {
            return true;
        }
        mean = beta * mean + (1 - beta) * loss;
        count++;
        smoothed = mean / (1 - Math.pow(beta, count));
        lowest = Math.min(lowest, smoothed);
        if (count == beginning) {
            start = smoothed;
        }
        // false while there is no start
        boolean fell = lowest < (1 - FALL) * start;
        return smoothed > multiple * lowest || (fell && smoothed > start);
    }

    /** The smoothed loss; NaN before the first. */
    public double smoothed() {
        return smoothed;
    }
}
