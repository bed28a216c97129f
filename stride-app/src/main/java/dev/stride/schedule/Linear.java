package dev.stride.schedule;

import dev.stride.config.Numbers;

/**
 * A warm-up, then a straight line to the floor: lr(k) = floor + (peak - floor)(1 - q), q = (k - W)/(T - W).
 *
 * <p>Peak 3e-5, floor 0, W 60, T 1000: lr(1) = 5e-7, lr(530) = 1.5e-5, lr(1000) = 0.
 */
public record Linear(double peak, double floor, long warmup, long steps) implements LrSchedule {
    public Linear {
        Steps.checkDecay(peak, floor, warmup, steps);
    }

    @Override
    public double at(long step) {
        long k = Steps.clamped(step, steps);
        long top = Steps.peakStep(warmup);
        if (k <= top) {
            return Steps.rising(peak, k, top);
        }
        return Steps.between(floor, peak, 1 - Steps.progress(k, top, steps));
    }

    @Override
    public String shape() {
        return "linear to " + Numbers.text(floor);
    }
}
