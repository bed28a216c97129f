package dev.stride.monitor;

import dev.stride.config.Guard;
import dev.stride.config.Numbers;
import java.util.Map;
import java.util.Objects;

/** An alarm for a loss of exactly 0, which no model reaches: nothing is trained, or the numbers have collapsed. */
public final class LossZero implements Monitor {
    private static final String SAID = "said";

    private boolean said;

    @Override
    public String name() {
        return Guard.LOSS_ZERO.word();
    }

    @Override
    public Verdict judge(StepSeen step) {
        boolean zero = step.loss() == 0;
        boolean alarm = zero && !said;
        said = zero;
        return alarm
                ? new Verdict.Alarm("the loss is exactly 0 at step " + step.step() + " with a gradient norm of "
                        + Numbers.text(step.gradientNorm()) + " at a rate of " + Numbers.text(step.lr())
                        + "; the usual causes are labels that are all masked and a type that lost its numbers")
                : new Verdict.Proceed();
    }

    @Override
    public Map<String, double[]> state() {
        return Map.of(SAID, new double[] {said ? 1 : 0});
    }

    @Override
    public void restore(Map<String, double[]> state) {
        said = Objects.requireNonNull(state.get(SAID), SAID)[0] != 0;
    }
}
