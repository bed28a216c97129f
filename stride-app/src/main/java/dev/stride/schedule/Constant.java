package dev.stride.schedule;

/**
 * A warm-up, then one rate: lr(k) = peak x min(1, k/W).
 *
 * <p>Peak 3e-5, W 60, 1000 steps: lr(1) = 5e-7, lr(60) = 3e-5, lr(1000) = 3e-5.
 */
public record Constant(double peak, long warmup, long steps) implements LrSchedule {
    public Constant {
        Steps.check(peak, 0, warmup, steps);
    }

    @Override
    public double at(long step) {
        long k = Steps.clamped(step, steps);
        return Steps.rising(peak, k, Steps.peakStep(warmup));
    }

    @Override
    public double floor() {
        return at(steps);
    }

    @Override
    public String shape() {
        return "constant";
    }
}
