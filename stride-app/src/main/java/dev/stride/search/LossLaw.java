package dev.stride.search;

import java.util.List;

/**
 * The loss law L(s) = L0 + A S1(s)^-a - C S2(s) fitted to the validation losses of one trial, for every pair of an
 * exponent a and an annealing gain of a grid (Tissue 2024, arXiv 2408.11029; the clocks are those of {@link RateClock}).
 *
 * <p>A few early losses do not tell a and C apart, and say nothing of C before the rate falls. So neither is searched
 * for: each pair of the grid is a hypothesis, for which L0 and A, both at least 0, follow from least squares, and which is
 * then believed as far as it fits. C is written as gain x (L0 + A): the share that annealing takes off the loss which the
 * trial would have at its end if the rate had not fallen. So C is at least 0, and the predicted end, (1 - gain)(L0 + A),
 * is never below 0.
 *
 * <p>Misses are taken as shares of the loss, which falls by a factor of ten and more, and weighted by the step over the
 * last one: early losses say less about the end.
 */
final class LossLaw {
    private static final double[] EXPONENTS = {0.05, 0.1, 0.18, 0.3, 0.45, 0.65, 0.9, 1.2, 1.6, 2.2, 3};
    private static final double[] GAINS = {0, 0.03, 0.08, 0.15, 0.25, 0.4};
    /** Noise of a validation loss that is never assumed to be less, as a share of it. */
    private static final double LEAST_NOISE = 0.01;
    /** Losses below this share of the highest one count as if they were as high. */
    private static final double LEAST_SCALE = 1e-3;

    /** How many hypotheses there are. */
    static final int SIZE = EXPONENTS.length * GAINS.length;

    private final double[] ends = new double[SIZE];
    private final double[] logLikelihoods = new double[SIZE];
    private final double noise;
    private final double remaining;

    /** Fits every hypothesis to the {@link #points} of a trial, of which there must be one. */
    LossLaw(TrialCurve trial) {
        List<TrialCurve.Evaluation> points = points(trial);
        int n = points.size();
        long[] steps = points.stream().mapToLong(TrialCurve.Evaluation::step).toArray();
        double[] loss =
                points.stream().mapToDouble(TrialCurve.Evaluation::value).toArray();
        RateClock clock = new RateClock(trial.schedule(), trial.plannedSteps(), steps);
        double highest = 0;
        for (double value : loss) {
            highest = Math.max(highest, Math.abs(value));
        }
        double[] annealed = new double[n];
        double[] weight = new double[n];
        double weights = 0;
        for (int j = 0; j < n; j++) {
            double scale = Math.max(Math.abs(loss[j]), LEAST_SCALE * highest);
            double share = (double) steps[j] / steps[n - 1];
            weights += share;
            weight[j] = scale > 0 ? share / (scale * scale) : share;
            annealed[j] = clock.annealed(j);
        }
        double[] squares = new double[SIZE];
        double least = Double.POSITIVE_INFINITY;
        double[] power = new double[n];
        for (int e = 0; e < EXPONENTS.length; e++) {
            for (int j = 0; j < n; j++) {
                power[j] = Math.pow(clock.sum(j), -EXPONENTS[e]);
            }
            for (int g = 0; g < GAINS.length; g++) {
                int cell = e * GAINS.length + g;
                // where nothing anneals all gains are one and the same hypothesis
                double gain = clock.anneals() ? GAINS[g] : 0;
                squares[cell] = fit(power, annealed, loss, weight, gain, cell);
                least = Math.min(least, squares[cell]);
            }
        }
        // L0 and A take two of n degrees of freedom, of which the weights leave fewer
        double freedom = Math.max(1, weights - 2 * weights / n);
        noise = Math.hypot(Math.sqrt(least / freedom), LEAST_NOISE);
        for (int cell = 0; cell < SIZE; cell++) {
            logLikelihoods[cell] = -squares[cell] / (2 * noise * noise);
        }
        remaining = 1 - clock.sum(n - 1);
    }

    /** The losses that the law is fitted to: finite ones, and not that of step 1, whose rate the hf form has as 0. */
    static List<TrialCurve.Evaluation> points(TrialCurve trial) {
        return trial.evaluations().stream()
                .filter(e -> e.step() > 1 && Double.isFinite(e.value()))
                .toList();
    }

    /** Least squares of L0 and A, both at least 0; returns the weighted sum of squares. */
    private double fit(double[] power, double[] annealed, double[] loss, double[] weight, double gain, int cell) {
        double uu = 0;
        double uv = 0;
        double vv = 0;
        double uy = 0;
        double vy = 0;
        for (int j = 0; j < loss.length; j++) {
            double u = 1 - gain * annealed[j];
            double v = power[j] - gain * annealed[j];
            uu += weight[j] * u * u;
            uv += weight[j] * u * v;
            vv += weight[j] * v * v;
            uy += weight[j] * u * loss[j];
            vy += weight[j] * v * loss[j];
        }
        double determinant = uu * vv - uv * uv;
        double floor = 0;
        double fall = 0;
        if (determinant > 1e-12 * uu * vv) {
            floor = (uy * vv - vy * uv) / determinant;
            fall = (vy * uu - uy * uv) / determinant;
        }
        if (!(floor > 0 && fall > 0)) {
            // on the border one of them is 0: the one whose absence costs less
            double onlyFloor = Math.max(0, uy / uu);
            double onlyFall = Math.max(0, vy / vv);
            boolean flat = onlyFloor * uy >= onlyFall * vy;
            floor = flat ? onlyFloor : 0;
            fall = flat ? 0 : onlyFall;
        }
        ends[cell] = (1 - gain) * (floor + fall);
        double squares = 0;
        for (int j = 0; j < loss.length; j++) {
            double miss = floor * (1 - gain * annealed[j]) + fall * (power[j] - gain * annealed[j]) - loss[j];
            squares += weight[j] * miss * miss;
        }
        return squares;
    }

    /** The predicted loss at the last step under a hypothesis. */
    double end(int cell) {
        return ends[cell];
    }

    /** How well a hypothesis fits, as the logarithm of its likelihood up to a constant. */
    double logLikelihood(int cell) {
        return logLikelihoods[cell];
    }

    /** The standard deviation of a single loss about the law, as a share of the loss. */
    double noise() {
        return noise;
    }

    /** The share of the sum of rates that is still to come, 0 to 1. */
    double remaining() {
        return remaining;
    }
}
