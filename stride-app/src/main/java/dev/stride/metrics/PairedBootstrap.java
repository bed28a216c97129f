package dev.stride.metrics;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A paired bootstrap: how sure is it that a score of the same rows got better? Rows are drawn with replacement as often
 * as there are rows, and the mean difference is taken, many times over (Koehn 2004, "Statistical significance tests for
 * machine translation evaluation"). Pairing keeps what is hard about a row out of the comparison.
 *
 * <p>The same seed and scores always give the same answer, whatever was compared before.
 *
 * @param seed of the drawing
 * @param resamples how often, at least 100; 2,000 give a probability to about 1 %
 */
public record PairedBootstrap(long seed, int resamples) {
    public PairedBootstrap {
        if (resamples < 100) {
            throw new IllegalArgumentException(resamples + " resamples; at least 100 are needed for an interval");
        }
    }

    /**
     * The difference between two sets of scores of the same rows.
     *
     * @param mean later minus earlier, in units of the score
     * @param low lower end of the 95 % interval of the mean (percentiles)
     * @param high its upper end
     * @param noGain one-sided: the share of resamples in which the mean is 0 or less, 0 to 1, with one more of either
     *     kind so that it is never 0; 1 for equal scores
     * @param noDifference two-sided: twice the smaller of the shares of 0 or less and 0 or more, at most 1
     * @param rows the number of rows
     */
    public record Result(double mean, double low, double high, double noGain, double noDifference, int rows) {}

    /**
     * Compares later scores with earlier ones; higher is better.
     *
     * @throws IllegalArgumentException if there are none, or not as many of both, or one is not finite
     */
    public Result compare(List<Double> before, List<Double> now) {
        if (before.isEmpty() || before.size() != now.size()) {
            throw new IllegalArgumentException(
                    "scores of the same rows are compared, not " + before.size() + " with " + now.size());
        }
        double[] differences = new double[before.size()];
        for (int i = 0; i < differences.length; i++) {
            differences[i] = now.get(i) - before.get(i);
            if (!Double.isFinite(differences[i])) {
                throw new IllegalArgumentException(
                        "row " + (i + 1) + " went from " + before.get(i) + " to " + now.get(i));
            }
        }
        double[] means = new double[resamples];
        SplittableRandom random = new SplittableRandom(seed);
        int notAbove = 0;
        int notBelow = 0;
        for (int k = 0; k < resamples; k++) {
            double sum = 0;
            for (int i = 0; i < differences.length; i++) {
                sum += differences[random.nextInt(differences.length)];
            }
            means[k] = sum / differences.length;
            notAbove += means[k] <= 0 ? 1 : 0;
            notBelow += means[k] >= 0 ? 1 : 0;
        }
        Arrays.sort(means);
        return new Result(
                Arrays.stream(differences).sum() / differences.length,
                quantile(means, 0.025),
                quantile(means, 0.975),
                share(notAbove),
                Math.min(1, 2 * Math.min(share(notAbove), share(notBelow))),
                differences.length);
    }

    private double share(int count) {
        return (count + 1.0) / (resamples + 1.0);
    }

    /** The quantile between the two values beside it, as in R's type 7. */
    private static double quantile(double[] sorted, double share) {
        double place = share * (sorted.length - 1);
        int below = (int) Math.floor(place);
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
