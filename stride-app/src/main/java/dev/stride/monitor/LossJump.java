package dev.stride.monitor;

import dev.stride.config.Guard;
import dev.stride.config.Numbers;
import java.util.Map;
import java.util.Objects;

/**
 * An alarm for a loss that jumps far above its smoothed value (weight 0.97) and is back within 3 steps, as a batch of odd
 * data makes it: more than 6 standard deviations and a fifth of it up, and within 3 standard deviations again. A loss
 * that stays up is no jump; its level is learnt anew. The first 20 steps are only learnt.
 */
public final class LossJump implements Monitor {
    private static final double KEEP = 0.97;
    private static final double UP = 6;
    private static final double BACK = 3;
    private static final double LEAST_SHARE = 0.2;
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
        if (!Double.isFinite(step.loss())) {
            return new Verdict.Proceed();
        }
        // a loss without any noise jumps too; this is far below what a batch's noise is
        double deviation = Math.max(loss.deviation(), 1e-3 * Math.abs(loss.mean()));
        if (jumpStep == 0) {
            boolean jump = loss.count() >= LEARNT
                    && step.loss() > loss.mean() + UP * deviation
                    && step.loss() > loss.mean() + LEAST_SHARE * Math.abs(loss.mean());
            if (jump) {
                jumpStep = step.step();
                jumpLoss = step.loss();
            } else {
                loss.add(step.loss());
            }
            return new Verdict.Proceed();
        }
        if (step.loss() <= loss.mean() + BACK * deviation) {
            String reason = "the loss jumped to " + Numbers.text(jumpLoss) + " at step " + jumpStep + ", "
                    + Numbers.text((jumpLoss - loss.mean()) / deviation) + " standard deviations above its smoothed "
                    + Numbers.text(loss.mean()) + ", and was back at " + Numbers.text(step.loss()) + " at step "
                    + step.step() + ", as after a batch of odd data; the rate was " + Numbers.text(step.lr());
            jumpStep = 0;
            loss.add(step.loss());
            return new Verdict.Alarm(reason);
        }
        if (step.step() - jumpStep >= LONGEST) {
            jumpStep = 0;
            loss = new Smoothed(KEEP);
            loss.add(step.loss());
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
