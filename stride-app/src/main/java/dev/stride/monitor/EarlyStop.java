package dev.stride.monitor;

import dev.stride.config.Guard;
import dev.stride.config.Numbers;
import dev.stride.config.StopMetric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Ends training that no longer gets better: after {@code patience} evaluations in a row none of whose metrics is better
 * than its best until then. The best is always that of all evaluations, never the one before; NaN is never best, and an
 * evaluation during warm-up can be the best but is not counted against the run.
 *
 * <p>The evidence form counts the validation loss too, as better where it is lower by at least 1e-4 of itself, and then
 * asks the rows: it ends only where a paired test of the texts' scores, at the best evaluation and now, finds it at least
 * 80 % likely that there is no gain. A difference whose sign is open is not "no gain". Where no texts are scored the loss
 * alone decides.
 */
public final class EarlyStop implements Monitor {
    /** How likely "no gain" must be for the evidence form to stop. */
    public static final double NO_GAIN = 0.8;

    private static final double LEAST_LOSS_SHARE = 1e-4;

    private final List<StopMetric> metrics;
    private final int patience;
    private final @Nullable GainTest gainTest;
    private final double[] best;
    private final double[] bestSteps;
    private double notBetter;
    private double[] bestRows = {};

    private EarlyStop(List<StopMetric> metrics, int patience, @Nullable GainTest gainTest) {
        if (metrics.isEmpty() || patience < 1) {
            throw new IllegalArgumentException("early stopping by " + metrics + " with a patience of " + patience);
        }
        this.metrics = List.copyOf(metrics);
        this.patience = patience;
        this.gainTest = gainTest;
        best = new double[metrics.size()];
        bestSteps = new double[metrics.size()];
        Arrays.fill(best, Double.NaN);
        Arrays.fill(bestSteps, -1);
    }

    /**
     * The classic form.
     *
     * @param metrics what must get better, any of them; the first names the best evaluation
     * @param patience evaluations, at least 1
     */
    public static EarlyStop classic(List<StopMetric> metrics, int patience) {
        return new EarlyStop(metrics, patience, null);
    }

    /** The evidence form, which counts the loss too and asks {@code gainTest} about the rows. */
    public static EarlyStop evidence(List<StopMetric> metrics, int patience, GainTest gainTest) {
        List<StopMetric> withLoss = new ArrayList<>(metrics);
        if (!withLoss.contains(StopMetric.LOSS)) {
            withLoss.add(StopMetric.LOSS);
        }
        return new EarlyStop(withLoss, patience, gainTest);
    }

    @Override
    public String name() {
        return Guard.EARLY_STOP.word();
    }

    /** The metric that names the best evaluation. */
    public StopMetric metric() {
        return metrics.get(0);
    }

    /** The metric whose score of each row {@link EvaluationSeen#rowScores} must hold; null: no rows are looked at. */
    public @Nullable StopMetric rowMetric() {
        return gainTest == null
                ? null
                : metrics.stream().filter(StopMetric::needsTexts).findFirst().orElse(null);
    }

    /** The step of the best evaluation; -1 before the first that is a number. */
    public long bestStep() {
        return (long) bestSteps[0];
    }

    /** The best value of {@link #metric}; NaN before the first. */
    public double bestValue() {
        return best[0];
    }

    @Override
    public Verdict evaluated(EvaluationSeen evaluation) {
        boolean better = false;
        for (int i = 0; i < metrics.size(); i++) {
            StopMetric metric = metrics.get(i);
            double value = evaluation.score(metric.word());
            if (isBetter(metric, value, best[i])) {
                better = true;
                best[i] = value;
                bestSteps[i] = evaluation.step();
                if (metric == rowMetric()) {
                    bestRows = evaluation.rowScores().stream()
                            .mapToDouble(Double::doubleValue)
                            .toArray();
                }
            }
        }
        if (better) {
            notBetter = 0;
            return new Verdict.Proceed();
        }
        if (evaluation.warmingUp()) {
            return new Verdict.Proceed();
        }
        notBetter++;
        if (notBetter < patience) {
            return new Verdict.Proceed();
        }
        String reason = (long) notBetter + (notBetter == 1 ? " evaluation" : " evaluations")
                + " in a row brought no better "
                + metrics.stream().map(i -> figures(i, evaluation)).collect(Collectors.joining(" nor a better "));
        if (bestSteps[0] < 0) {
            return new Verdict.Stop(reason);
        }
        GainTest.@Nullable Gain gain = gain(evaluation);
        if (gain == null) {
            return new Verdict.Recover(reason);
        }
        return gain.noGain() < NO_GAIN
                ? new Verdict.Proceed()
                : new Verdict.Recover(reason + "; over the same " + bestRows.length + " rows the gain is "
                        + Numbers.text(gain.mean()) + ", and none at all with a probability of "
                        + Numbers.text(gain.noGain()));
    }

    private boolean isBetter(StopMetric metric, double value, double than) {
        if (gainTest != null && metric == StopMetric.LOSS && !Double.isNaN(than)) {
            return value < than - LEAST_LOSS_SHARE * Math.abs(than);
        }
        return metric.isBetter(value, than);
    }

    private GainTest.@Nullable Gain gain(EvaluationSeen evaluation) {
        if (gainTest == null
                || bestRows.length == 0
                || bestRows.length != evaluation.rowScores().size()) {
            return null;
        }
        return gainTest.gain(Arrays.stream(bestRows).boxed().toList(), evaluation.rowScores());
    }

    private String figures(StopMetric metric, EvaluationSeen evaluation) {
        int i = metrics.indexOf(metric);
        String before = bestSteps[i] < 0
                ? "never a number"
                : "best " + Numbers.text(best[i]) + " at step " + (long) bestSteps[i];
        double value = evaluation.score(metric.word());
        return metric.word() + " (" + before + ", "
                + (Double.isFinite(value) ? Numbers.text(value) : String.valueOf(value)) + " at step "
                + evaluation.step() + ")";
    }

    @Override
    public Map<String, double[]> state() {
        Map<String, double[]> state = new LinkedHashMap<>();
        state.put("best", best.clone());
        state.put("best_steps", bestSteps.clone());
        state.put("not_better", new double[] {notBetter});
        state.put("best_rows", bestRows.clone());
        return state;
    }

    @Override
    public void restore(Map<String, double[]> state) {
        double[] savedBest = saved(state, "best");
        if (savedBest.length != best.length) {
            throw new IllegalArgumentException(savedBest.length + " best values for " + metrics);
        }
        System.arraycopy(savedBest, 0, best, 0, best.length);
        System.arraycopy(saved(state, "best_steps"), 0, bestSteps, 0, best.length);
        notBetter = saved(state, "not_better")[0];
        bestRows = saved(state, "best_rows").clone();
    }

    private static double[] saved(Map<String, double[]> state, String name) {
        return Objects.requireNonNull(state.get(name), name);
    }
}
