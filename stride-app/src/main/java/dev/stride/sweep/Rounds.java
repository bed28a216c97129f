package dev.stride.sweep;

import dev.stride.config.Cadence;
import dev.stride.recipe.RunPlan;
import dev.stride.search.Decision;
import dev.stride.search.Rung;
import dev.stride.search.SweepTrial;
import java.util.Comparator;
import java.util.List;

/**
 * Trials that do not fit into one pass, in rounds. In each but the last all train to a {@link Rung} and are held there with
 * their states saved. Then those that will not win are ended, all by the same evaluations, and the others go on, the best
 * first.
 *
 * <p>Where a trial stands is read from its folder, and what is decided at a rung from the evaluations up to there, so a
 * sweep that is ended in any round goes on as if it had not been.
 */
final class Rounds {
    private final Board board;
    private final TrialRunner runner;

    Rounds(Board board, TrialRunner runner) {
        this.board = board;
        this.runner = runner;
    }

    /** Trains these trials, which are new here, to their ends, but for those that are ended on the way. */
    void train(List<TrialState> trials) {
        List<Rung> rungs = board.rungs();
        long values =
                trials.stream().map(trial -> trial.spec().value()).distinct().count();
        List<TrialState> order = trials;
        if (!rungs.isEmpty() && values > 1 && trials.size() > runner.passes(trials)) {
            Rung last = rungs.get(rungs.size() - 1);
            trials.forEach(trial -> trial.judgedBehind(step(trial, last)));
            for (Rung rung : rungs) {
                runner.meet(order, trial -> step(trial, rung));
                if (runner.isInterrupted()) {
                    return;
                }
                trials.forEach(trial -> judge(trial, rung, trials));
                order = trials.stream()
                        .sorted(Comparator.comparing(board::curve, rung.bestFirst()))
                        .toList();
            }
        }
        runner.train(order);
    }

    private void judge(TrialState trial, Rung rung, List<TrialState> trials) {
        // one that is behind the rung already was judged there before, by the same evaluations
        boolean waits = trial.status() == SweepTrial.Status.INTERRUPTED && trial.evaluatedUpTo() == step(trial, rung);
        if (waits) {
            Decision decision = board.at(rung, trial, trials);
            if (decision.prune()) {
                runner.end(trial, step(trial, rung), decision.reason());
            }
        }
    }

    /** The update of the trial's first evaluation at a rung. */
    private static long step(TrialState trial, Rung rung) {
        RunPlan plan = trial.spec().preparation().plan();
        Cadence evaluated = trial.spec().preparation().config().train().evalEvery();
        long step = rung.step(trial.spec().plannedSteps());
        while (step < trial.spec().plannedSteps() && !evaluated.isDue(step, plan.updatesPerEpoch())) {
            step++;
        }
        return step;
    }
}
