package dev.stride.recipe;

import java.util.Arrays;
import java.util.List;

/**
 * A range-test curve without its noise: at each point a straight line fitted to the points around it, on the logarithm of
 * the rate, with Gaussian weights (local linear regression). It has no lag, other than an exponential mean.
 *
 * @param values the fitted loss at each point
 * @param slopes the fitted change of the loss for ten times the rate
 * @param noise standard deviation of one point, from the distances of points to the middle of their neighbours, so that
 *     the bends of the curve count little; their median, so that its divergence does not count; 0 for a smooth curve
 */
record SmoothedCurve(double[] values, double[] slopes, double noise) {
    /** Width of the weights: a fifth of a decade, and never under two points. */
    private static final double WIDTH_DECADES = 0.2;

    private static final double MIN_WIDTH = 2;
    /** Beyond so many widths the weight is under 0.0004. */
    private static final double REACH = 4;

    /** A median of absolute values is 0.6745 standard deviations of a normal distribution. */
    private static final double MEDIAN_TO_DEVIATION = 1.4826;

    /** Fits a curve of at least two points; losses above {@code cap} count as that, so that divergence bends nothing. */
    static SmoothedCurve of(RangeCurve curve, double cap) {
        int n = curve.size();
        double perDecade = pointsPerDecade(curve.rates());
        double width = width(perDecade);
        double[] losses = new double[n];
        for (int i = 0; i < n; i++) {
            losses[i] = Math.min(cap, curve.losses().get(i));
        }
        double[] values = new double[n];
        double[] slopes = new double[n];
        int reach = (int) Math.ceil(REACH * width);
        for (int i = 0; i < n; i++) {
            double w = 0;
            double x = 0;
            double xx = 0;
            double y = 0;
            double xy = 0;
            for (int j = Math.max(0, i - reach); j <= Math.min(n - 1, i + reach); j++) {
                double weight = Math.exp(-0.5 * (j - i) * (j - i) / (width * width));
                w += weight;
                x += weight * (j - i);
                xx += weight * (j - i) * (j - i);
                y += weight * losses[j];
                xy += weight * (j - i) * losses[j];
            }
            double slope = (w * xy - x * y) / (w * xx - x * x);
            values[i] = (y - slope * x) / w;
            slopes[i] = slope * perDecade;
        }
        return new SmoothedCurve(values, slopes, noise(losses));
    }

    private static double noise(double[] losses) {
        double[] distances = new double[Math.max(1, losses.length - 2)];
        for (int i = 1; i + 1 < losses.length; i++) {
            distances[i - 1] = Math.abs(losses[i] - (losses[i - 1] + losses[i + 1]) / 2);
        }
        Arrays.sort(distances);
        // a point and the mean of two others: 1 + 1/2 variances
        return MEDIAN_TO_DEVIATION * distances[distances.length / 2] / Math.sqrt(1.5);
    }

    /** How uncertain a fitted value is, as a standard deviation, away from the ends. */
    double uncertainty(RangeCurve curve) {
        // the sum of the squares of Gaussian weights that sum to 1 is 1 / (2 sqrt(pi) width)
        return noise / Math.sqrt(2 * Math.sqrt(Math.PI) * width(pointsPerDecade(curve.rates())));
    }

    private static double width(double pointsPerDecade) {
        return Math.max(MIN_WIDTH, WIDTH_DECADES * pointsPerDecade);
    }

    private static double pointsPerDecade(List<Double> rates) {
        int last = rates.size() - 1;
        return last / Math.log10(rates.get(last) / rates.get(0));
    }
}
