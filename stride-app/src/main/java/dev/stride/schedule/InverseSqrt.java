package dev.stride.schedule;

import dev.stride.config.Numbers;

/**
 * A warm-up, then the inverse square root of the step, held above a minimum: lr(k) = max(minimum, peak x sqrt(ts/(k - W
 * + ts))) with the timescale ts.
 *
 * <p>Peak 3e-5, minimum 0, W 60, ts 60, T 1000: lr(60) = 3e-5, lr(240) = 1.5e-5, lr(1000) = 7.3484692283e-6. The curve
 * itself never ends at a chosen value, so the floor is the value of step T.
 */
public record InverseSqrt(double peak, double minimum, long timescale, long warmup, long steps) implements LrSchedule {
    public InverseSqrt {
        Steps.check(peak, minimum, warmup, steps);
        if (timescale < 1) {
            throw new IllegalArgumentException("timescale " + timescale + " is below 1");
        }
    }

    @Override
    public double at(long step) {
        long k = Steps.clamped(step, steps);
        long top = Steps.peakStep(warmup);
        if (k <= top) {
            return Steps.rising(peak, k, top);
        }
        return Math.max(minimum, peak * Math.sqrt((double) timescale / (k - top + timescale)));
    }

    @Override
    public double floor() {
        return at(steps);
    }

    @Override
    public String shape() {
        return "inverse square root with timescale " + timescale
                + (minimum > 0 ? ", not below " + Numbers.text(minimum) : "");
    }
}
