package dev.stride.report;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * Values over steps, in the order of the steps; a value that is not finite is a gap. Two series are never compared.
 *
 * @param steps updates, ascending
 * @param values one for each
 */
@SuppressWarnings("ArrayRecordComponent")
record Series(long[] steps, double[] values) {
    /** More stretches of steps than this show nothing more on a screen. */
    private static final int MOST_BUCKETS = 700;

    private static final int LEAST_BUCKETS = 100;

    /** So many lines may each have all stretches; of more, each has fewer, so that a page stays small. */
    private static final int FULL_LINES = 6;

    /** The stretches of steps for {@link #thinned} that each of so many lines may have. */
    static int buckets(int lines) {
        return Math.max(LEAST_BUCKETS, Math.min(MOST_BUCKETS, MOST_BUCKETS * FULL_LINES / Math.max(1, lines)));
    }

    static <T> Series of(List<T> items, ToLongFunction<T> step, ToDoubleFunction<T> value) {
        return new Series(
                items.stream().mapToLong(step).toArray(),
                items.stream().mapToDouble(value).toArray());
    }

    int size() {
        return steps.length;
    }

    /**
     * The same series with fewer points that draws the same line: of each of {@code buckets} equal stretches of steps the
     * first, lowest, highest and last point stay, and a gap stays a gap. A series that is short enough stays whole.
     */
    Series thinned(int buckets) {
        if (size() <= 4 * buckets) {
            return this;
        }
        double width = (steps[size() - 1] - steps[0] + 1.0) / buckets;
        List<Integer> kept = new ArrayList<>();
        int from = 0;
        while (from < size()) {
            long bucket = (long) ((steps[from] - steps[0]) / width);
            int to = from;
            while (to < size() && (long) ((steps[to] - steps[0]) / width) == bucket) {
                to++;
            }
            keepExtremes(from, to, kept);
            from = to;
        }
        Series thin = new Series(new long[kept.size()], new double[kept.size()]);
        for (int i = 0; i < kept.size(); i++) {
            thin.steps[i] = steps[kept.get(i)];
            thin.values[i] = values[kept.get(i)];
        }
        return thin;
    }

    private void keepExtremes(int from, int to, List<Integer> kept) {
        int low = from;
        int high = from;
        int gap = -1;
        for (int i = from; i < to; i++) {
            if (!Double.isFinite(values[i])) {
                gap = gap < 0 ? i : gap;
            } else {
                low = values[i] < values[low] || !Double.isFinite(values[low]) ? i : low;
                high = values[i] > values[high] || !Double.isFinite(values[high]) ? i : high;
            }
        }
        for (int i = from; i < to; i++) {
            if (i == from || i == low || i == high || i == gap || i == to - 1) {
                kept.add(i);
            }
        }
    }

    /**
     * An exponential moving average over about {@code window} points, each weighted {@code 1 - 2 / (window + 1)} times
     * the next, divided by the sum of the weights so that the beginning is not pulled down. Gaps are left out.
     */
    Series smoothed(int window) {
        double decay = 1 - 2.0 / (window + 1);
        double[] smooth = new double[size()];
        double sum = 0;
        double weight = 0;
        for (int i = 0; i < size(); i++) {
            if (!Double.isFinite(values[i])) {
                smooth[i] = Double.NaN;
                continue;
            }
            sum = decay * sum + values[i];
            weight = decay * weight + 1;
            smooth[i] = sum / weight;
        }
        return new Series(steps, smooth);
    }
}
