package dev.stride.search;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Stops a trial that will hardly be the best at its end: the end of every trial is predicted by the {@link LossLaw} from
 * its validation losses and from the rest of its own schedule, with an uncertainty, and a trial is stopped when the
 * probability that no other ends lower is below {@code level}. So a rate that looks worse only because it is still high
 * is not stopped for it.
 *
 * <p>The probability comes from {@value #DRAWS} draws. In each, every trial takes the hypothesis at the same quantile of
 * what it believes, for the law's constants belong to the model and the data; what a trial believes is how the hypotheses
 * fit its own losses times the geometric mean of how they fit each other trial's. The end is then off by errors that are
 * normal in its logarithm: that of a single loss about the law, and two that shrink with the root of the share of the
 * rates that is still to come: {@value #COMMON} of it for all trials alike and {@value #OWN} for each its own. Ends that
 * are known are taken as they are.
 *
 * <p>Nothing is stopped before {@code fewest} finite losses from the end of the warm-up on, nor for others that have fewer;
 * nor is the trial that is expected to end lowest. Scores, which are better when higher, do not follow the law: on them
 * the rule stops nothing but what has diverged.
 *
 * @param level the probability below which a trial is stopped, above 0 and below 0.5
 * @param fewest losses before a prediction, at least 2
 * @param seed of the draws
 */
public record LossLawPruner(double level, int fewest, long seed) implements Pruner {
    private static final int DRAWS = 400;
    // how far the ends of the tuning half of the recorded curves were off (docs/decisions.md, "Sweep: pruning")
    private static final double COMMON = 0.3;
    private static final double OWN = 0.2;

    public LossLawPruner {
        if (!(level > 0 && level < 0.5) || fewest < 2) {
            throw new IllegalArgumentException("level " + level + ", fewest losses " + fewest);
        }
    }

    @Override
    public Decision decide(TrialCurve trial, List<TrialCurve> others) {
        if (trial.diverged()) {
            return Decision.diverged(trial);
        }
        Forecast forecast = forecast(trial, others);
        if (forecast == null) {
            return Decision.keep(
                    trial.higherIsBetter()
                            ? "The loss law predicts losses and no scores."
                            : trial.finished()
                                    ? "It is at its end."
                                    : "It needs " + fewest + " losses behind the warm-up for a prediction.");
        }
        return forecast.decision(trial, level);
    }

    /** What is expected of a trial's end among those that can be predicted; null where its own cannot be. */
    @Nullable
    Forecast forecast(TrialCurve trial, List<TrialCurve> others) {
        if (trial.higherIsBetter() || trial.finished() || !predictable(trial)) {
            return null;
        }
        List<TrialCurve> curves = new ArrayList<>();
        curves.add(trial);
        others.stream().filter(this::predictable).forEach(curves::add);
        return forecast(curves);
    }

    private boolean predictable(TrialCurve trial) {
        return !trial.diverged()
                && LossLaw.points(trial).stream()
                                .filter(e -> e.step() >= trial.schedule().warmup())
                                .count()
                        >= fewest;
    }

    /** The first of the curves is the one that is judged. */
    private Forecast forecast(List<TrialCurve> curves) {
        double[][] ends = ends(curves);
        int best = 0;
        double[] medians = new double[curves.size()];
        for (int i = 0; i < curves.size(); i++) {
            medians[i] = quantile(ends[i], 0.5);
            best = medians[i] < medians[best] ? i : best;
        }
        int wins = 0;
        for (int d = 0; d < DRAWS; d++) {
            boolean lowest = true;
            for (int i = 1; i < curves.size(); i++) {
                lowest &= ends[0][d] <= ends[i][d];
            }
            wins += lowest ? 1 : 0;
        }
        return new Forecast(
                (double) wins / DRAWS,
                medians[0],
                quantile(ends[0], 0.05),
                quantile(ends[0], 0.95),
                best == 0,
                curves.get(best).name(),
                medians[best],
                curves.size());
    }

    private static double quantile(double[] values, double share) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[(int) Math.round(share * (sorted.length - 1))];
    }

    /** The drawn ends of each curve. */
    private double[][] ends(List<TrialCurve> curves) {
        List<LossLaw> laws = new ArrayList<>();
        for (TrialCurve curve : curves) {
            laws.add(new LossLaw(curve));
        }
        double[] quantiles = new SplittableRandom(seed).doubles(DRAWS).toArray();
        SplittableRandom shared = new SplittableRandom(seed + 1);
        double[] common = new double[DRAWS];
        Arrays.setAll(common, d -> shared.nextGaussian());
        double[][] ends = new double[curves.size()][];
        for (int i = 0; i < curves.size(); i++) {
            TrialCurve curve = curves.get(i);
            if (curve.finished()) {
                ends[i] = new double[DRAWS];
                Arrays.fill(ends[i], curve.lastValue());
            } else {
                LossLaw law = laws.get(i);
                ends[i] = draws(
                        law,
                        beliefs(law, laws),
                        quantiles,
                        common,
                        new SplittableRandom(31 * seed + curve.name().hashCode()));
            }
        }
        return ends;
    }

    /** The probability of each hypothesis for one of the trials. */
    private static double[] beliefs(LossLaw own, List<LossLaw> all) {
        double[] beliefs = new double[LossLaw.SIZE];
        for (int cell = 0; cell < beliefs.length; cell++) {
            double others = 0;
            for (LossLaw law : all) {
                others += law == own ? 0 : law.logLikelihood(cell);
            }
            beliefs[cell] = own.logLikelihood(cell) + others / Math.max(1, all.size() - 1);
        }
        double highest = Arrays.stream(beliefs).max().orElseThrow();
        Arrays.setAll(beliefs, cell -> Math.exp(beliefs[cell] - highest));
        double sum = Arrays.stream(beliefs).sum();
        Arrays.setAll(beliefs, cell -> beliefs[cell] / sum);
        return beliefs;
    }

    private static double[] draws(
            LossLaw law, double[] beliefs, double[] quantiles, double[] common, SplittableRandom random) {
        double[] ends = new double[quantiles.length];
        for (int d = 0; d < ends.length; d++) {
            int cell = 0;
            double below = beliefs[0];
            while (below < quantiles[d] && cell < beliefs.length - 1) {
                below += beliefs[++cell];
            }
            double left = Math.sqrt(law.remaining());
            double error =
                    law.noise() * random.nextGaussian() + left * (COMMON * common[d] + OWN * random.nextGaussian());
            ends[d] = law.end(cell) * Math.exp(error);
        }
        return ends;
    }

    /**
     * A prediction of a trial's end.
     *
     * @param probability the share of the draws in which no other trial ends lower
     * @param predicted the median of the drawn ends
     * @param low their 5 % quantile
     * @param high their 95 % quantile
     * @param leads whether no other trial is expected to end lower
     * @param leader the trial that is expected to end lowest
     * @param leaderEnd where
     * @param trials how many were predicted
     */
    record Forecast(
            double probability,
            double predicted,
            double low,
            double high,
            boolean leads,
            String leader,
            double leaderEnd,
            int trials) {
        /** Stops the trial if it is too improbable as the best; never the one that is expected to be it. */
        Decision decision(TrialCurve trial, double level) {
            boolean prune = !leads && probability < level;
            String sentence = String.format(
                    Locale.ROOT,
                    "At step %d it is expected to end at %s (90 %%: %s to %s), ",
                    trial.lastStep(),
                    Decision.number(predicted),
                    Decision.number(low),
                    Decision.number(high));
            String rest = leads
                    ? "the best of " + trials + " trials."
                    : String.format(
                            Locale.ROOT,
                            "%s at %s; it ends best in %s of the draws, and is stopped below %s.",
                            leader,
                            Decision.number(leaderEnd),
                            Decision.percent(probability),
                            Decision.percent(level));
            return new Decision(prune, sentence + rest, predicted, low, high);
        }
    }
}
