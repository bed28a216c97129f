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
 * <p>A record is every 50th update, or every hundredth part of a shorter run: {@code max(1, min(50, ceil(total/100)))}.
 * The literal 50 would let a run of 200 updates spend three quarters of itself before the third record; this way a stop
 * comes after 3 % of a run of 100 updates or more.
 */
public final class GradNormStop implements Monitor {
    /** Updates between two records of a long run. */
    public static final long RECORD_EVERY = 50;

    private static final double LIMIT = 10;
    private static final int IN_A_ROW = 3;
    private static final int RECORDS_OF_A_RUN = 100;
    private static final String HIGH = "high";

    private final long recordEvery;
    private double[] high = {};

    /** A guard that looks at every so many updates, or more often in a short run. */
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

    /** Updates between two records of a run of so many updates. */
    long every(long totalSteps) {
        return Math.max(1, Math.min(recordEvery, (totalSteps + RECORDS_OF_A_RUN - 1) / RECORDS_OF_A_RUN));
    }

    @Override
    public Verdict judge(StepSeen step) {
        long every = every(step.totalSteps());
        if (!step.isFinite() || step.step() % every != 0) {
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
                + " and " + Numbers.text(high[2]) + " at steps " + (step.step() - 2 * every) + ", "
                + (step.step() - every) + " and " + step.step() + ", over " + Numbers.text(LIMIT)
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
