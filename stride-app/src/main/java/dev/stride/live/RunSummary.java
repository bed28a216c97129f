package dev.stride.live;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a run's events come to, small enough to be kept for thousands of runs.
 *
 * @param records lines that were understood
 * @param generation grows when lines that were read are gone
 * @param branch that is being trained, or was last
 * @param last the last update, or null before the first
 * @param smoothed moving average of the loss
 * @param spark means of the loss over parts of the run
 * @param secondsAStep median of the last updates; NaN before the first
 * @param speed tokens a second over the last updates; NaN before the first
 * @param eval the last evaluation, or null before the first
 * @param best the one with the lowest loss, or null where there is none
 * @param nonFinite losses and norms of the last branch that were not finite
 * @param lastNonFinite the step of the last one
 * @param numLooks alarms, lowered rates and recoveries
 * @param look the last of those, or null
 * @param stop the last stop by a guard or a person, or null
 * @param damaged the first damaged lines
 * @param numDamaged how many there are
 */
record RunSummary(
        long records,
        int generation,
        String branch,
        @Nullable Last last,
        double smoothed,
        double[] spark,
        double secondsAStep,
        double speed,
        @Nullable LiveEval eval,
        @Nullable LiveEval best,
        int nonFinite,
        long lastNonFinite,
        int numLooks,
        @Nullable LiveEvent look,
        @Nullable LiveEvent stop,
        List<String> damaged,
        long numDamaged) {
    private static final int RECENT = 50;

    /** The last update; tokens and seconds are sums. */
    record Last(
            long step,
            double loss,
            double gradNorm,
            double lr,
            Map<String, Double> rates,
            double epoch,
            long tokens,
            double seconds) {}

    static RunSummary of(EventLines lines) {
        RunRows rows = lines.rows();
        RunSigns signs = rows.signs();
        int end = rows.steps().size();
        int first = Math.max(rows.lastBranch().firstRow(), end - RECENT);
        return new RunSummary(
                rows.records(),
                lines.generation(),
                rows.lastBranch().name(),
                end == 0 ? null : last(rows.steps(), end - 1),
                rows.running().smoothed(),
                rows.running().spark(),
                secondsAStep(rows.steps(), first, end),
                speed(rows.steps(), first, end),
                rows.lastEval(),
                rows.bestEval(),
                signs.nonFinite(),
                signs.lastNonFinite(),
                signs.numLooks(),
                signs.last(),
                signs.stop(),
                lines.damaged(),
                lines.numDamaged());
    }

    private static Last last(StepColumns steps, int row) {
        Map<String, Double> rates = new LinkedHashMap<>();
        for (int group = 0; group < steps.groups().size(); group++) {
            rates.put(steps.groups().get(group), steps.rate(row, group));
        }
        return new Last(
                steps.step(row),
                steps.loss(row),
                steps.gradNorm(row),
                steps.highestRate(row),
                rates,
                steps.epoch(row),
                steps.tokens(row),
                steps.seconds(row));
    }

    private static double secondsAStep(StepColumns steps, int first, int end) {
        if (end - first < 2) {
            return end == 0 || first > 0 || end == first ? Double.NaN : steps.seconds(first);
        }
        double[] took = new double[end - first - 1];
        for (int i = 0; i < took.length; i++) {
            took[i] = steps.seconds(first + i + 1) - steps.seconds(first + i);
        }
        Arrays.sort(took);
        return took[took.length / 2];
    }

    private static double speed(StepColumns steps, int first, int end) {
        if (end - first < 2) {
            return end == first ? Double.NaN : steps.tokensPerSecond(first);
        }
        double seconds = steps.seconds(end - 1) - steps.seconds(first);
        return seconds > 0 ? (steps.tokens(end - 1) - steps.tokens(first)) / seconds : Double.NaN;
    }
}
