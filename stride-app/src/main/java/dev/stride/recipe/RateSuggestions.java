package dev.stride.recipe;

import java.util.Collections;
import java.util.List;

/**
 * The four suggestions that fastai reads off a range test, to compare ours with (fastai/callback/schedule.py: valley,
 * slide, minimum, steep). Each gives one of the curve's rates, {@code minimum} a tenth of one.
 *
 * <p>fastai gives them a curve without its first tenth and its last five points: {@link #trimmed}.
 */
public final class RateSuggestions {
    private static final int LAST_POINTS = 5;
    private static final int WINDOW = 15;
    private static final double SAME_SLOPE = 0.005;

    private RateSuggestions() {}

    /** The curve without the first tenth of the planned points and the last five there are; perhaps empty. */
    public static RangeCurve trimmed(RangeCurve curve, int planned) {
        int from = Math.min(planned / 10, curve.size());
        int to = Math.max(from, curve.size() - LAST_POINTS);
        return new RangeCurve(curve.rates().subList(from, to), curve.losses().subList(from, to), curve.end());
    }

    /** A rate at half of the longest valley: the longest decreasing subsequence of the losses, half-way down. */
    public static double valley(RangeCurve curve) {
        List<Double> losses = curve.losses();
        int[] longest = new int[losses.size()]; // longest decreasing subsequence that ends here
        java.util.Arrays.fill(longest, 1);
        int end = 0;
        int start = 0;
        for (int i = 1; i < longest.length; i++) {
            for (int j = 0; j < i; j++) {
                if (losses.get(i) < losses.get(j) && longest[i] < longest[j] + 1) {
                    longest[i] = longest[j] + 1;
                }
                if (longest[end] < longest[i]) {
                    end = i;
                    start = end - longest[end];
                }
            }
        }
        double section = (end - start) / 3.0;
        return curve.rates().get(start + (int) section + (int) (section / 2));
    }

    /** The rate behind which the loss falls most for the same factor on the rate. */
    public static double steep(RangeCurve curve) {
        int best = 0;
        double lowest = Double.POSITIVE_INFINITY;
        for (int i = 0; i + 1 < curve.size(); i++) {
            double slope = (curve.losses().get(i + 1) - curve.losses().get(i))
                    / Math.log(curve.rates().get(i + 1) / curve.rates().get(i));
            if (slope < lowest) {
                lowest = slope;
                best = i;
            }
        }
        return curve.rates().get(best);
    }

    /** The left end of a window that moves in from the right until the slope is the same at both its ends. */
    public static double slide(RangeCurve curve) {
        double[] slopes = slopes(curve.losses());
        int right = slopes.length - 1;
        int left = right - WINDOW;
        double found = curve.rates().get(Math.max(0, left));
        while (left >= 0 && Math.abs(slopes[right] - slopes[left]) > SAME_SLOPE) {
            found = curve.rates().get(left);
            right--;
            left--;
        }
        return found;
    }

    /** A tenth of the rate where the loss is lowest. */
    public static double minimum(RangeCurve curve) {
        return curve.rates().get(curve.losses().indexOf(Collections.min(curve.losses()))) / 10;
    }

    /** Differences for one point: central, at the ends one-sided (numpy.gradient). */
    private static double[] slopes(List<Double> losses) {
        int last = losses.size() - 1;
        double[] slopes = new double[losses.size()];
        for (int i = 0; i <= last; i++) {
            int before = Math.max(0, i - 1);
            int after = Math.min(last, i + 1);
            slopes[i] = (losses.get(after) - losses.get(before)) / Math.max(1, after - before);
        }
        return slopes;
    }
}
