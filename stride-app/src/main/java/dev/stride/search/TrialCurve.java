package dev.stride.search;

import dev.stride.schedule.LrSchedule;
import java.util.List;

/**
 * What a rule for stopping trials sees of one trial: its validation so far and the rates that it had and will have. A
 * training loss is not among it on purpose (Pareja 2024, arXiv 2412.13337: a higher one may promise a better end).
 *
 * @param name of the trial, unlike all others of its sweep
 * @param schedule its rates, in absolute numbers, over the whole run
 * @param higherIsBetter the direction of the values: false for losses, true for scores as BLEU
 * @param plannedSteps updates of the whole run, at least 1
 * @param evaluations in order of their steps; empty for a trial that has not been evaluated yet
 */
public record TrialCurve(
        String name, LrSchedule schedule, boolean higherIsBetter, long plannedSteps, List<Evaluation> evaluations) {
    /**
     * One evaluation on the validation rows.
     *
     * @param step updates made before it, at least 1
     * @param value what the sweep decides by; not finite where the run has diverged
     */
    public record Evaluation(long step, double value) {}

    public TrialCurve {
        evaluations = List.copyOf(evaluations);
        if (plannedSteps < 1) {
            throw new IllegalArgumentException(name + " has " + plannedSteps + " planned steps");
        }
        long before = 0;
        for (Evaluation evaluation : evaluations) {
            if (evaluation.step() <= before) {
                throw new IllegalArgumentException(
                        name + " was evaluated at step " + evaluation.step() + " after step " + before);
            }
            before = evaluation.step();
        }
    }

    /** The step of the latest evaluation; 0 if there was none. */
    public long lastStep() {
        return evaluations.isEmpty()
                ? 0
                : evaluations.get(evaluations.size() - 1).step();
    }

    /** The latest value; not a number if there was none. */
    public double lastValue() {
        return evaluations.isEmpty()
                ? Double.NaN
                : evaluations.get(evaluations.size() - 1).value();
    }

    /** Whether the latest evaluation gave no finite value: nothing that follows will be finite either. */
    boolean diverged() {
        return !evaluations.isEmpty() && !Double.isFinite(lastValue());
    }

    /** Whether the trial has been evaluated at its last step. */
    boolean finished() {
        return lastStep() >= plannedSteps;
    }

    /** Whether {@code a} is the better value; one that is not finite is worse than all that are. */
    boolean better(double a, double b) {
        if (!Double.isFinite(a) || !Double.isFinite(b)) {
            return Double.isFinite(a);
        }
        return higherIsBetter ? a > b : a < b;
    }

    /** The place of the first evaluation at {@code step} or later; -1 where there is none. */
    int firstFrom(double step) {
        for (int i = 0; i < evaluations.size(); i++) {
            if (evaluations.get(i).step() >= step) {
                return i;
            }
        }
        return -1;
    }

    /** The best finite value up to {@code step}; not a number where there is none. */
    double bestUpTo(long step) {
        double best = Double.NaN;
        for (Evaluation evaluation : evaluations) {
            if (evaluation.step() <= step && better(evaluation.value(), best)) {
                best = evaluation.value();
            }
        }
        return best;
    }
}
