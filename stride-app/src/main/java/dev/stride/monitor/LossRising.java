package dev.stride.monitor;

import dev.stride.config.Guard;
import dev.stride.config.Numbers;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;

/**
 * An alarm for a loss that rises over a window after warm-up. The window is a tenth of the run, 30 to 400 steps, and is
 * looked at ten times within its length. The median of its second half is set against that of its first; the alarm comes
 * where it is higher by more than 2 % and by more than 5 standard errors of that difference, {@code 1.2533 s / sqrt(n)}
 * for each half with {@code s = 1.4826} times the median distance from the median. Medians keep single odd batches out.
 *
 * <p>It is said once; the next alarm needs a look at a window that does not rise before.
 */
public final class LossRising implements Monitor {
    private static final int LEAST_WINDOW = 30;
    private static final int MOST_WINDOW = 400;
    private static final int LOOKS_OF_A_WINDOW = 10;
    private static final int WINDOWS_OF_A_RUN = 10;
    private static final double ERRORS = 5;
    private static final double LEAST_SHARE = 0.02;
    private static final double MEDIAN_ERROR = Math.sqrt(Math.PI / 2);
    private static final double MEDIAN_DISTANCE = 1.4826;

    private double[] losses = {};
    private boolean said;

    @Override
    public String name() {
        return Guard.LOSS_RISING.word();
    }

    /** Steps of the window in a run of so many: even. */
    static int window(long totalSteps) {
        long window = Math.max(LEAST_WINDOW, Math.min(MOST_WINDOW, totalSteps / WINDOWS_OF_A_RUN));
        return (int) (window - window % 2);
    }

    @Override
    public Verdict judge(StepSeen step) {
        if (!Double.isFinite(step.loss()) || !step.isAfterWarmup()) {
            return new Verdict.Proceed();
        }
        int window = window(step.totalSteps());
        int kept = Math.min(losses.length, window - 1);
        double[] next = Arrays.copyOfRange(losses, losses.length - kept, losses.length + 1);
        next[kept] = step.loss();
        losses = next;
        if (losses.length < window || step.step() % (window / LOOKS_OF_A_WINDOW) != 0) {
            return new Verdict.Proceed();
        }
        Half before = Half.of(losses, 0, window / 2);
        Half now = Half.of(losses, window / 2, window);
        double rise = now.median - before.median;
        double error = Math.hypot(before.error, now.error);
        if (rise <= 0) {
            said = false;
        }
        if (said || rise <= ERRORS * error || rise <= LEAST_SHARE * Math.abs(before.median)) {
            return new Verdict.Proceed();
        }
        said = true;
        return new Verdict.Alarm("the loss rises: its median went from " + Numbers.text(before.median) + " to "
                + Numbers.text(now.median) + " within the " + window + " steps to " + step.step() + ", by "
                + (error > 0 ? Numbers.text(rise / error) + " standard errors" : "far more than its noise")
                + "; the likely cause is a learning rate that is too high, now " + Numbers.text(step.lr()));
    }

    /** The median of some losses and its standard error. */
    private record Half(double median, double error) {
        static Half of(double[] losses, int from, int to) {
            double[] half = Arrays.copyOfRange(losses, from, to);
            double median = median(half);
            for (int i = 0; i < half.length; i++) {
                half[i] = Math.abs(half[i] - median);
            }
            return new Half(median, MEDIAN_ERROR * MEDIAN_DISTANCE * median(half) / Math.sqrt(half.length));
        }

        private static double median(double[] values) {
            Arrays.sort(values);
            int middle = values.length / 2;
            return values.length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
        }
    }

    @Override
    public Map<String, double[]> state() {
        return Map.of("losses", losses.clone(), "said", new double[] {said ? 1 : 0});
    }

    @Override
    public void restore(Map<String, double[]> state) {
        losses = Objects.requireNonNull(state.get("losses"), "losses").clone();
        said = Objects.requireNonNull(state.get("said"), "said")[0] != 0;
    }
}
