package dev.stride.monitor;

import dev.stride.config.Numbers;
import java.util.Arrays;
import java.util.List;

/**
 * A curve as the rules look at it: smoothed, and with the sum of the rates as a second clock.
 *
 * <p>The sum of the rates says how far the optimizer could have gone, so warm-up and decay distort nothing: with a rate
 * that is too low the loss falls in proportion to it, at a good rate it falls less and less.
 */
final class CurveShape {
    private static final int SMOOTH_SIDE = 2;

    private final Curve curve;
    private final List<Curve.Evaluation> evaluations;
    private final double[] steps;
    private final double[] losses;
    private final double[] levels;
    private final double[] rates;
    private final double[] norms;
    private final double[] progress;
    private final int numNotFinite;

    CurveShape(Curve curve) {
        this.curve = curve;
        List<Curve.Update> finite = curve.updates().stream()
                .filter(update -> Double.isFinite(update.loss()))
                .toList();
        this.numNotFinite = curve.updates().size()
                - finite.size()
                + (int) curve.skips().stream()
                        .filter(skip ->
                                skip.reason().contains("NaN") || skip.reason().contains("Infinity"))
                        .count();
        this.evaluations = curve.evaluations().stream()
                .filter(evaluation -> evaluation.step() > 0 && Double.isFinite(evaluation.loss()))
                .toList();
        this.steps = finite.stream().mapToDouble(Curve.Update::step).toArray();
        this.losses = finite.stream().mapToDouble(Curve.Update::loss).toArray();
        this.rates = finite.stream().mapToDouble(Curve.Update::rate).toArray();
        this.norms = finite.stream().mapToDouble(Curve.Update::gradientNorm).toArray();
        this.levels = runningMedian(losses);
        this.progress = shareOfSum(rates);
    }

    private static double[] runningMedian(double[] values) {
        double[] medians = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            int from = Math.max(0, i - SMOOTH_SIDE);
            int to = Math.min(values.length, i + SMOOTH_SIDE + 1);
            medians[i] = median(Arrays.copyOfRange(values, from, to));
        }
        return medians;
    }

    private static double[] shareOfSum(double[] rates) {
        double[] shares = new double[rates.length];
        double sum = 0;
        for (int i = 0; i < rates.length; i++) {
            sum += rates[i];
            shares[i] = sum;
        }
        for (int i = 0; i < rates.length; i++) {
            shares[i] = sum > 0 ? shares[i] / sum : (i + 1.0) / rates.length;
        }
        return shares;
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    Curve curve() {
        return curve;
    }

    /** Updates with a finite loss. */
    int size() {
        return losses.length;
    }

    /** Losses and gradient norms that were not finite; what they belong to was skipped or not. */
    int numNotFinite() {
        return numNotFinite;
    }

    long step(int i) {
        return (long) steps[i];
    }

    long lastStep() {
        return size() == 0 ? 0 : step(size() - 1);
    }

    double loss(int i) {
        return losses[i];
    }

    /** Median of the losses of an update, the two before it and the two after it. */
    double level(int i) {
        return levels[i];
    }

    double rate(int i) {
        return rates[i];
    }

    double norm(int i) {
        return norms[i];
    }

    /** Share of the run's sum of rates that was used up to an update, from 0 to 1. */
    double progress(int i) {
        return progress[i];
    }

    /** The highest rate. */
    double peak() {
        return Arrays.stream(rates).max().orElse(0);
    }

    /** The loss before training: that of the first update, or the mean of the first hundredth of a long run. */
    double start() {
        return Arrays.stream(losses, 0, Math.max(1, size() / 100)).average().orElse(Double.NaN);
    }

    /** The training loss of the end: the median of the last eighth. */
    double end() {
        return median(Arrays.copyOfRange(losses, size() - Math.max(5, size() / 8), size()));
    }

    /** Share of the first loss that is gone at the end; negative where the loss rose. */
    double fall() {
        return 1 - end() / start();
    }

    /** Median loss of the updates within a part of the sum of rates. */
    double lossBetween(double from, double to) {
        double[] part = new double[size()];
        int count = 0;
        for (int i = 0; i < size(); i++) {
            if (progress[i] >= from && progress[i] <= to) {
                part[count++] = losses[i];
            }
        }
        return count == 0 ? Double.NaN : median(Arrays.copyOf(part, count));
    }

    /** Evaluations after the first update, with a finite loss. */
    List<Curve.Evaluation> evaluations() {
        return evaluations;
    }

    /** The share of the sum of rates at a step. */
    double progressAt(long step) {
        double share = 0;
        for (int i = 0; i < size() && steps[i] <= step; i++) {
            share = progress[i];
        }
        return share;
    }

    /** Index of the evaluation with the lowest loss, -1 where there is none. */
    int best() {
        int best = -1;
        for (int i = 0; i < evaluations.size(); i++) {
            if (best < 0 || evaluations.get(i).loss() < evaluations.get(best).loss()) {
                best = i;
            }
        }
        return best;
    }

    /** Step of the best evaluation, or the last step where nothing was evaluated. */
    long bestStep() {
        int best = best();
        return best < 0 ? lastStep() : evaluations.get(best).step();
    }

    /** A number in a sentence: three significant digits. */
    static String number(double value) {
        if (value == 0 || !Double.isFinite(value)) {
            return String.valueOf(value);
        }
        return Numbers.text(new java.math.BigDecimal(value)
                .round(new java.math.MathContext(3))
                .doubleValue());
    }

    /** A share in a sentence, for example {@code 12 %}. */
    static String percent(double share) {
        double points = 100 * share;
        return number(Math.abs(points) >= 10 ? Math.rint(points) : points) + " %";
    }
}
