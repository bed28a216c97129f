package dev.stride.search;

import java.util.List;

/**
 * Successive halving that the loss law may overrule. As soon as the law can predict a trial's end, its probability of
 * being the best decides: the trial is stopped below the law's own level, and below {@code agreed} if halving would
 * stop it too. Before that, and on scores that the law does not predict, halving decides alone.
 *
 * @param halving says which trials are behind now
 * @param law says which will be
 * @param agreed the probability below which both together stop a trial, at least the law's level and below 0.5
 */
public record JointPruner(HalvingPruner halving, LossLawPruner law, double agreed) implements Pruner {
    public JointPruner {
        if (!(agreed >= law.level() && agreed < 0.5)) {
            throw new IllegalArgumentException("stopped together below " + agreed + ", alone below " + law.level());
        }
    }

    @Override
    public Decision decide(TrialCurve trial, List<TrialCurve> others) {
        if (trial.diverged()) {
            return Decision.diverged(trial);
        }
        Decision behind = halving.decide(trial, others);
        LossLawPruner.Forecast forecast = law.forecast(trial, others);
        if (forecast == null) {
            return behind;
        }
        Decision decision = forecast.decision(trial, behind.prune() ? agreed : law.level());
        if (!behind.prune()) {
            return decision;
        }
        return new Decision(
                decision.prune(),
                behind.reason() + " " + decision.reason(),
                decision.predicted(),
                decision.low(),
                decision.high());
    }
}
