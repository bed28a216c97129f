package dev.stride.schedule;

import dev.stride.config.Numbers;

/**
 * A warm-up, then a power of the way that is left: lr(k) = floor + (peak - floor)(1 - q)^power, q = (k - W)/(T - W).
 *
 * <p>Peak 3e-5, floor 1e-7, power 2, W 60, T 1000: lr(1) = 5e-7, lr(530) = 7.575e-6, lr(1000) = 1e-7.
 */
public record Polynomial(double peak, double floor, double power, long warmup, long steps) implements LrSchedule {
    public Polynomial {
        Steps.checkDecay(peak, floor, warmup, steps);
        if (!(power > 0) || Double.isInfinite(power)) {
            throw new IllegalArgumentException("power " + power + " is not above 0");
        }
    }

    @Override
    public double at(long step) {
        long k = Steps.clamped(step, steps);
        long top = Steps.peakStep(warmup);
        if (k <= top) {
            return Steps.rising(peak, k, top);
        }
        return Steps.between(floor, peak, Math.pow(1 - Steps.progress(k, top, steps), power));
    }

    @Override
    public String shape() {
        return "polynomial of power " + Numbers.text(power) + " to " + Numbers.text(floor);
    }
}
