package dev.stride.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How long rows are, in tokens. Percentiles are the nearest rank: the smallest length that at least that share of the
 * rows does not exceed.
 *
 * @param rows number of rows; with none every other number is 0
 * @param shortest of all rows
 * @param longest of all rows
 * @param mean of all rows
 * @param median 50 % of the rows are no longer
 * @param p95 95 % of the rows are no longer
 * @param p99 99 % of the rows are no longer
 * @param bins neighbouring ranges that hold all rows; the last reaches to the longest
 */
public record LengthHistogram(
        int rows, int shortest, int longest, double mean, int median, int p95, int p99, List<Bin> bins) {
    private static final int BINS = 10;
    private static final int BAR = 40;

    /**
     * Rows of a range of lengths.
     *
     * @param from the shortest length that belongs
     * @param to the longest length that belongs
     * @param rows how many rows
     */
    public record Bin(int from, int to, int rows) {}

    public LengthHistogram {
        bins = List.copyOf(bins);
    }

    /** The histogram of lengths in any order. */
    public static LengthHistogram of(int[] lengths) {
        if (lengths.length == 0) {
            return new LengthHistogram(0, 0, 0, 0, 0, 0, 0, List.of());
        }
        int[] sorted = lengths.clone();
        Arrays.sort(sorted);
        int p99 = percentile(sorted, 99);
        return new LengthHistogram(
                sorted.length,
                sorted[0],
                sorted[sorted.length - 1],
                Arrays.stream(sorted).asLongStream().sum() / (double) sorted.length,
                percentile(sorted, 50),
                percentile(sorted, 95),
                p99,
                bins(sorted, p99));
    }

    /** One line a bin, with a bar that is as long as its share of the largest. */
    public String toText() {
        int most = bins.stream().mapToInt(Bin::rows).max().orElse(1);
        int width = Integer.toString(longest).length();
        StringBuilder text = new StringBuilder();
        for (Bin bin : bins) {
            int bar = (int) Math.ceil((double) BAR * bin.rows / Math.max(1, most));
            text.append(String.format(
                    Locale.ROOT,
                    "%" + width + "d to %" + width + "d  %-" + BAR + "s  %d\n",
                    bin.from,
                    bin.to,
                    "#".repeat(bar),
                    bin.rows));
        }
        return text.toString();
    }

    private static int percentile(int[] sorted, int percent) {
        return sorted[(int) (((long) sorted.length * percent + 99) / 100) - 1];
    }

    /** Equal ranges up to the 99th percentile, of a width that reads well; what is longer joins the last. */
    private static List<Bin> bins(int[] sorted, int p99) {
        int width = roundUp((p99 + BINS) / BINS);
        int longest = sorted[sorted.length - 1];
        int last = p99 / width;
        int[] counts = new int[last + 1];
        for (int length : sorted) {
            counts[Math.min(last, length / width)]++;
        }
        List<Bin> bins = new ArrayList<>();
        for (int i = sorted[0] / width; i <= last; i++) {
            int to = (i + 1) * width - 1;
            bins.add(new Bin(i * width, i == last ? Math.max(to, longest) : to, counts[i]));
        }
        return bins;
    }

    /** The next of 1, 2, 5, 10, 20, 50 ... */
    private static int roundUp(int width) {
        for (int power = 1; ; power *= 10) {
            for (int factor : new int[] {1, 2, 5}) {
                if (factor * power >= width) {
                    return factor * power;
                }
            }
        }
    }
}
