package dev.stride.monitor;

import dev.stride.config.Guard;
import dev.stride.config.Numbers;
import java.util.Map;
import java.util.Objects;

/**
 * An alarm for weights that hardly change: fewer than a tenth of those that train have another value after an update, in
 * two measurements in a row. Weights in 16 bits round an update away that is smaller than about 1/512 of them; at a rate
 * of 1e-5 about 4 % of bfloat16 weights change, of float32 weights all.
 */
public final class StillWeights implements Monitor {
    private static final double LEAST = 0.1;
    private static final int IN_A_ROW = 2;

    private double still;
    private double lr = Double.NaN;

    @Override
    public String name() {
        return Guard.STILL_WEIGHTS.word();
    }

    /** Keeps the rate in mind for the sentence; the weights are judged by {@link #moved}. */
    @Override
    public Verdict judge(StepSeen step) {
        lr = step.lr();
        return new Verdict.Proceed();
    }

    /**
     * Judges an update after it was made.
     *
     * @param step the update
     * @param share of the trained weights that have another value than before, 0 to 1; NaN is not judged
     */
    public Verdict moved(long step, double share) {
        if (Double.isNaN(share)) {
            return new Verdict.Proceed();
        }
        still = share < LEAST ? still + 1 : 0;
        return still == IN_A_ROW
                ? new Verdict.Alarm("only " + Numbers.text(100 * share) + " % of the weights changed in step " + step
                        + ", under " + Numbers.text(100 * LEAST) + " % in " + IN_A_ROW
                        + " measurements in a row; at a rate of " + Numbers.text(lr)
                        + " the updates are lost to the rounding of the weights, which float32 masters prevent")
                : new Verdict.Proceed();
    }

    @Override
    public Map<String, double[]> state() {
        return Map.of("still", new double[] {still}, "lr", new double[] {lr});
    }

    @Override
    public void restore(Map<String, double[]> state) {
        still = Objects.requireNonNull(state.get("still"), "still")[0];
        lr = Objects.requireNonNull(state.get("lr"), "lr")[0];
    }
}
