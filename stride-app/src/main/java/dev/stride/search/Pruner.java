package dev.stride.search;

import java.util.List;

/**
 * A rule that says after an evaluation whether a trial is worth going on with. It is a pure function of the validation
 * curves, so the same curves always get the same answer; nothing about the training loss is known to it.
 */
public sealed interface Pruner permits HalvingPruner, MedianPruner, LossLawPruner, JointPruner {
    /**
     * Judges one trial by its latest evaluation.
     *
     * @param trial with at least one evaluation; one without is never stopped
     * @param others the sweep's other trials as they are: running, finished, stopped with what they had, or not begun.
     *     All have the metric and the direction of {@code trial}
     */
    Decision decide(TrialCurve trial, List<TrialCurve> others);

    /** What it says of a trial of which the others are not to be known yet: it goes on unless it has diverged. */
    default Decision alone(TrialCurve trial) {
        return decide(trial, List.of());
    }

    /** Where trials that do not fit into one pass wait for each other, from the first on. */
    default List<Rung> rungs() {
        return List.of(Rung.FIRST);
    }

    /**
     * The rule that a sweep uses unless told otherwise: successive halving by 2 from an eighth of the updates on, checked
     * by the loss law as soon as that can predict. Measured in bench/README.md, "Pruning".
     *
     * @param seed of the draws behind the loss law's probabilities
     */
    static Pruner recommended(long seed) {
        return new JointPruner(new HalvingPruner(2, 1.0 / 8), new LossLawPruner(0.05, 3, seed), 0.2);
    }
}
