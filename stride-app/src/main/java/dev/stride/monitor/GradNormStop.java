package dev.stride.monitor;

import dev.stride.config.Guard;
import dev.stride.config.Numbers;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;

/**
 * The guard of the classic profile: it stops a run whose gradient norm before clipping is over 10 in three consecutive
 * records. After clipping a norm could never be that high.
 *
 * <p>A record is every 50th update, whatever the length of the run. A record at every hundredth part of a shorter run was
 * tried: full tuning begins with norms above 10 that have nothing to do with the rate, and good runs were stopped.
 */
public final class GradNormStop implements Monitor {
    /** Updates between two records. */
    public static final long RECORD_EVERY = 50;

    private static final double LIMIT = 10;
    private static final int IN_A_ROW = 3;
    private static final String HIGH = "high";

    private final long recordEvery;
    private double[] high = {};

    /** A guard that looks at every so many updates. */
    public GradNormStop(long recordEvery) {
        if (recordEvery < 1) {
            throw new IllegalArgumentException("a record every " + recordEvery + " steps");
        }
        this.recordEvery = recordEvery;
    }

    @Override
    public String name() {
        return Guard.GRAD_NORM.word();
    }

    @Override
    public Verdict judge(StepSeen step) {
        if (!step.isFinite() || step.step() % recordEvery != 0) {
            return new Verdict.Proceed();
        }
        if (step.gradientNorm() <= LIMIT) {
            high = new double[0];
            return new Verdict.Proceed();
        }
        high = Arrays.copyOf(high, high.length + 1);
        high[high.length - 1] = step.gradientNorm();
        if (high.length < IN_A_ROW) {
            return new Verdict.Proceed();
        }
        String reason = "the gradient norm before clipping was " + Numbers.text(high[0]) + ", " + Numbers.text(high[1])
                + " and " + Numbers.text(high[2]) + " at steps " + (step.step() - 2 * recordEvery) + ", "
                + (step.step() - recordEvery) + " and " + step.step() + ", over " + Numbers.text(LIMIT)
                + " in three consecutive records; the likely cause is a learning rate that is too high, now "
                + Numbers.text(step.lr());
        high = Arrays.copyOfRange(high, 1, IN_A_ROW);
        return new Verdict.Stop(reason);
    }

    @Override
    public Map<String, double[]> state() {
        return Map.of(HIGH, high.clone());
    }

    @Override
    public void restore(Map<String, double[]> state) {
        high = Objects.requireNonNull(state.get(HIGH), HIGH).clone();
    }
}
