package dev.stride.sweep;

import dev.stride.monitor.EvaluationSeen;
import dev.stride.monitor.Monitor;
import dev.stride.monitor.Verdict;
import dev.stride.search.Decision;
import dev.stride.search.TrialCurve;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Ends a trial that will not win, as a monitor among the run's others. What it judges by are the validation curves of all
 * trials, which are read from their folders, so it has nothing to remember.
 */
final class PruningMonitor implements Monitor {
    private final Supplier<TrialCurve> own;
    private final Function<TrialCurve, Decision> rule;

    /**
     * A monitor of one trial.
     *
     * @param own the trial's curve as it stands
     * @param rule what is decided about it
     */
    PruningMonitor(Supplier<TrialCurve> own, Function<TrialCurve, Decision> rule) {
        this.own = own;
        this.rule = rule;
    }

    @Override
    public String name() {
        return TrialState.PRUNER;
    }

    @Override
    public Verdict evaluated(EvaluationSeen evaluation) {
        TrialCurve curve = own.get();
        if (curve.lastStep() != evaluation.step() || evaluation.step() >= curve.plannedSteps()) {
            return new Verdict.Proceed();
        }
        Decision decision = rule.apply(curve);
        return decision.prune() ? new Verdict.Stop(decision.reason()) : new Verdict.Proceed();
    }

    @Override
    public Map<String, double[]> state() {
        return Map.of();
    }

    @Override
    public void restore(Map<String, double[]> state) {
        // the folders remember
    }
}
