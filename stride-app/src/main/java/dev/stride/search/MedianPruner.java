package dev.stride.search;

import java.util.ArrayList;
import java.util.List;

/**
 * The median rule: a trial is stopped if the best it has had so far is worse than the median of what the others had at
 * the same step. What another trial had is the mean of its evaluations up to that step (Golovin 2017, "Google Vizier"),
 * which noise moves less than a single one.
 *
 * <p>Nothing is stopped before the warm-up and {@code grace} evaluations after it are over, nor while fewer than two
 * others have come as far.
 *
 * @param grace evaluations behind the warm-up before the first decision, at least 1
 */
public record MedianPruner(int grace) implements Pruner {
    private static final int FEWEST_OTHERS = 2;

    public MedianPruner {
        if (grace < 1) {
            throw new IllegalArgumentException("a grace of " + grace + " evaluations");
        }
    }

    @Override
    public Decision decide(TrialCurve trial, List<TrialCurve> others) {
        if (trial.diverged()) {
            return Decision.diverged(trial);
        }
        long step = trial.lastStep();
        long behindWarmup = trial.evaluations().stream()
                .filter(e -> e.step() > trial.schedule().warmup())
                .count();
        if (behindWarmup < grace) {
            return Decision.keep("It has had " + behindWarmup + " of " + grace
                    + " evaluations behind the warm-up; none is stopped before.");
        }
        if (trial.finished()) {
            return Decision.keep("It is at its end.");
        }
        List<Double> running = new ArrayList<>();
        for (TrialCurve other : others) {
            if (other.lastStep() >= step) {
                running.add(mean(other, step));
            }
        }
        if (running.size() < FEWEST_OTHERS) {
            return Decision.keep("Other trials that have reached step " + step + ": " + running.size() + "; at least "
                    + FEWEST_OTHERS + " are needed for a median.");
        }
        running.sort((a, b) -> trial.better(a, b) ? -1 : trial.better(b, a) ? 1 : 0);
        int half = running.size() / 2;
        // not a number where one of the two in the middle is none; nothing is worse than that
        double median = running.size() % 2 == 1 ? running.get(half) : (running.get(half - 1) + running.get(half)) / 2;
        double best = trial.bestUpTo(step);
        boolean worse = trial.better(median, best);
        String sentence = "Its best up to step " + step + ", " + Decision.number(best) + ", is "
                + (worse ? "worse than" : "no worse than") + " the median of the running means of " + running.size()
                + " other trials, " + Decision.number(median) + ".";
        return worse ? Decision.prune(sentence) : Decision.keep(sentence);
    }

    /** The mean up to a step; not a number where a value is not finite. */
    private static double mean(TrialCurve trial, long step) {
        return trial.evaluations().stream()
                .filter(e -> e.step() <= step)
                .mapToDouble(TrialCurve.Evaluation::value)
                .average()
                .orElse(Double.NaN);
    }
}
