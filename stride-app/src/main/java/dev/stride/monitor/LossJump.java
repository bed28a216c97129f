package dev.stride.monitor;

import dev.stride.config.Guard;
import dev.stride.config.Numbers;
import java.util.Map;
import java.util.Objects;

/**
 * An alarm for a loss that jumps far above its smoothed value (weight 0.97) and is back within 3 steps, as a batch of odd
 * data makes it: more than 6 standard deviations up and more than a fifth higher, and within 3 standard deviations again.
 * The deviations are those of the loss's logarithm, since the noise of batches goes with the loss and is skewed to the
 * right. A loss that stays up is no jump; its level is learnt anew. The first 20 steps are only learnt.
 */
public final class LossJump implements Monitor {
    private static final double KEEP = 0.97;
    private static final double UP = 6;
    private static final double BACK = 3;
    private static final double LEAST_RISE = Math.log(1.2);

    /** A loss without noise can jump too; a batch's noise is far above this. */
    private static final double LEAST_DEVIATION = 1e-3;

    private static final int LEARNT = 20;
    private static final int LONGEST = 3;

    private Smoothed loss = new Smoothed(KEEP);
    private long jumpStep;
    private double jumpLoss;

    @Override
    public String name() {
        return Guard.LOSS_JUMP.word();
    }

    @Override
    public Verdict judge(StepSeen step) {
        if (!Double.isFinite(step.loss()) || step.loss() <= 0) {
            return new Verdict.Proceed();
        }
        double log = Math.log(step.loss());
        double deviation = Math.max(loss.deviation(), LEAST_DEVIATION);
        double score = (log - loss.mean()) / deviation;
        if (jumpStep == 0) {
            if (loss.count() >= LEARNT && score > UP && log > loss.mean() + LEAST_RISE) {
                jumpStep = step.step();
                jumpLoss = step.loss();
            } else {
                loss.add(log);
            }
            return new Verdict.Proceed();
        }
        if (score <= BACK) {
            String reason = "the loss jumped to " + Numbers.text(jumpLoss) + " at step " + jumpStep + ", "
                    + Numbers.text((Math.log(jumpLoss) - loss.mean()) / deviation)
                    + " standard deviations above its smoothed " + Numbers.text(Math.exp(loss.mean()))
                    + ", and was back at " + Numbers.text(step.loss()) + " at step " + step.step()
                    + ", as after a batch of odd data; the rate was " + Numbers.text(step.lr());
            jumpStep = 0;
            loss.add(log);
            return new Verdict.Alarm(reason);
        }
        if (step.step() - jumpStep >= LONGEST) {
            jumpStep = 0;
            loss = new Smoothed(KEEP);
            loss.add(log);
        }
        return new Verdict.Proceed();
    }

    @Override
    public Map<String, double[]> state() {
        return Map.of("loss", loss.state(), "jump", new double[] {jumpStep, jumpLoss});
    }

    @Override
    public void restore(Map<String, double[]> state) {
        loss.restore(Objects.requireNonNull(state.get("loss"), "loss"));
        double[] jump = Objects.requireNonNull(state.get("jump"), "jump");
        jumpStep = (long) jump[0];
        jumpLoss = jump[1];
    }
}
