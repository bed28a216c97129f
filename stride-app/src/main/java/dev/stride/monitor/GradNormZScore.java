package dev.stride.monitor;

import dev.stride.config.Guard;
import dev.stride.config.Numbers;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;

/**
 * The guard of the evidence profile: it stops a run when, after warm-up, the gradient norm before clipping is more than 4
 * standard deviations above its smoothed value in three consecutive steps while the loss has risen.
 *
 * <p>Both figures are smoothed with a weight of 0.97, as in ZClip (Kumar et al. 2025, arXiv 2504.02507). The score is
 * that of the norm's logarithm: norms are positive and skewed to the right, so that a score of the norm itself would be
 * high too often and would hang on the scale. The loss has risen where all three losses are above its smoothed value and
 * their mean is so by more than 2 standard deviations.
 *
 * <p>While the score is high nothing is learnt, and below that a value counts as 2 standard deviations at most (ZClip
 * too learns what it has clipped), so that a run that breaks within a few steps does not become its own measure. A norm
 * that stays high for more than 20 steps after warm-up without a rising loss is the new measure. The first 10 steps are
 * only learnt.
 */
public final class GradNormZScore implements Monitor {
    private static final double KEEP = 0.97;
    private static final double LIMIT = 4;
    private static final double HELD = 2;
    private static final int IN_A_ROW = 3;
    private static final int LEARNT = 10;
    private static final int MOST_FROZEN = 20;
    private static final double LOSS_DEVIATIONS = 2;

    /** A norm that hardly varies has a score too: 5 % of it is one standard deviation. */
    private static final double LEAST_DEVIATION = 0.05;

    private final Smoothed norm = new Smoothed(KEEP);
    private final Smoothed loss = new Smoothed(KEEP);
    private double frozen;

    /** Scores, norms and losses of the high steps in a row until now, at most three. */
    private double[] scores = {};

    private double[] norms = {};
    private double[] losses = {};

    @Override
    public String name() {
        return Guard.GRAD_NORM_Z.word();
    }

    @Override
    public Verdict judge(StepSeen step) {
        if (!step.isFinite() || step.gradientNorm() <= 0) {
            return new Verdict.Proceed();
        }
        double log = Math.log(step.gradientNorm());
        double score = norm.count() < LEARNT ? 0 : (log - norm.mean()) / Math.max(norm.deviation(), LEAST_DEVIATION);
        if (score <= LIMIT) {
            if (norm.count() < LEARNT) {
                learn(log, step.loss());
            } else {
                norm.addHeld(log, HELD);
                loss.addHeld(step.loss(), HELD);
            }
            frozen = 0;
            scores = new double[0];
            norms = new double[0];
            losses = new double[0];
            return new Verdict.Proceed();
        }
        if (!step.isAfterWarmup()) {
            return new Verdict.Proceed();
        }
        scores = lastOf(scores, score);
        norms = lastOf(norms, step.gradientNorm());
        losses = lastOf(losses, step.loss());
        frozen++;
        boolean stop = scores.length == IN_A_ROW && hasLossRisen();
        String reason = stop ? reason(step) : "";
        if (frozen > MOST_FROZEN) {
            learn(log, step.loss());
        }
        return stop ? new Verdict.Stop(reason) : new Verdict.Proceed();
    }

    private boolean hasLossRisen() {
        double mean = Arrays.stream(losses).average().orElse(0);
        double least = Arrays.stream(losses).min().orElse(0);
        return least > loss.mean() && mean > loss.mean() + LOSS_DEVIATIONS * loss.deviation();
    }

    private String reason(StepSeen step) {
        double mean = Arrays.stream(losses).average().orElse(0);
        return "the gradient norm before clipping was " + Numbers.text(norms[0]) + ", " + Numbers.text(norms[1])
                + " and " + Numbers.text(norms[2]) + " in the steps to " + step.step() + ", "
                + Numbers.text(scores[0]) + ", " + Numbers.text(scores[1]) + " and " + Numbers.text(scores[2])
                + " standard deviations above its usual " + Numbers.text(Math.exp(norm.mean()))
                + ", while the loss rose from a smoothed " + Numbers.text(loss.mean()) + " to " + Numbers.text(mean)
                + "; the likely cause is a learning rate that is too high, now " + Numbers.text(step.lr());
    }

    private void learn(double log, double newLoss) {
        norm.add(log);
        loss.add(newLoss);
    }

    private static double[] lastOf(double[] values, double next) {
        int kept = Math.min(values.length, IN_A_ROW - 1);
        double[] last = Arrays.copyOfRange(values, values.length - kept, values.length + 1);
        last[kept] = next;
        return last;
    }

    @Override
    public Map<String, double[]> state() {
        return Map.of(
                "norm", norm.state(),
                "loss", loss.state(),
                "frozen", new double[] {frozen},
                "scores", scores.clone(),
                "norms", norms.clone(),
                "losses", losses.clone());
    }

    @Override
    public void restore(Map<String, double[]> state) {
        norm.restore(saved(state, "norm"));
        loss.restore(saved(state, "loss"));
        frozen = saved(state, "frozen")[0];
        scores = saved(state, "scores").clone();
        norms = saved(state, "norms").clone();
        losses = saved(state, "losses").clone();
    }

    private static double[] saved(Map<String, double[]> state, String name) {
        return Objects.requireNonNull(state.get(name), name);
    }
}
