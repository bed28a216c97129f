package dev.stride.search;

import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/**
 * Successive halving without waiting: at each rung a trial is stopped unless it is among the best 1/eta of those that
 * have reached that rung so far (Li 2018, "A system for massively parallel hyperparameter tuning", arXiv 1810.05934, in
 * the form that stops trials and does not pause them).
 *
 * <p>Rungs lie at first x eta^k of the planned steps, k = 0, 1, .., below the end; a trial's value at a rung is that of
 * its first evaluation at the rung's step or later. Of n trials at a rung ceil(n/eta) go on, ties included, so whoever
 * comes first goes on. Trials that have not come that far are not counted, so nobody is stopped for a peer that is
 * missing.
 *
 * <p>Of 8 trials of 72 updates, evaluated every 6, eta 2 and a first rung at 1/8: 8 reach step 12, 4 step 18, 2 step 36
 * and 1 the end.
 *
 * @param eta how many trials there are for each that goes on, at least 2
 * @param first the first rung as a share of the planned steps, above 0 and below 1
 */
public record HalvingPruner(int eta, double first) implements Pruner {
    public HalvingPruner {
        if (eta < 2 || !(first > 0 && first < 1)) {
            throw new IllegalArgumentException("eta " + eta + ", first rung " + first);
        }
    }

    @Override
    public Decision decide(TrialCurve trial, List<TrialCurve> others) {
        if (trial.diverged()) {
            return Decision.diverged(trial);
        }
        int latest = trial.evaluations().size() - 1;
        for (double share = first; share < 1; share *= eta) {
            double rung = share * trial.plannedSteps();
            if (latest >= 0 && trial.firstFrom(rung) == latest && !trial.finished()) {
                Decision decision = atRung(trial, others, share);
                if (decision.prune() || share * eta >= 1 || trial.lastStep() < rung * eta) {
                    return decision;
                }
            }
        }
        return Decision.keep("No rung of successive halving lies at step " + trial.lastStep() + ".");
    }

    /** Its own ones: it compares places, and of two trials behind a rung one is always the worse. */
    @Override
    public List<Rung> rungs() {
        return DoubleStream.iterate(first, share -> share < 1, share -> share * eta)
                .mapToObj(Rung::new)
                .toList();
    }

    private Decision atRung(TrialCurve trial, List<TrialCurve> others, double share) {
        double value = trial.lastValue();
        int reached = 1;
        int better = 0;
        double best = value;
        for (TrialCurve other : others) {
            int place = other.firstFrom(share * other.plannedSteps());
            if (place < 0) {
                continue;
            }
            reached++;
            double its = other.evaluations().get(place).value();
            better += trial.better(its, value) ? 1 : 0;
            best = trial.better(its, best) ? its : best;
        }
        int goOn = (reached + eta - 1) / eta;
        String where = String.format(
                Locale.ROOT,
                "%s at step %d is number %d of the %d trials that have reached %s of their updates",
                Decision.number(value),
                trial.lastStep(),
                better + 1,
                reached,
                Decision.percent(share));
        if (better < goOn) {
            return Decision.keep(where + "; the best " + goOn + " go on.");
        }
        return Decision.prune(
                where + "; only the best " + goOn + " go on, and the best has " + Decision.number(best) + ".");
    }
}
