package dev.stride.schedule;

import dev.stride.config.Numbers;

/**
 * A warm-up, then the reflected exponential, which falls slowly at first and steeply at the end: lr(k) = floor + (peak -
 * floor) z/(a + (1 - a) z), z = (T - k)/(T - W) (Chen, Wolfe and Kyrillidis 2021, arXiv 2107.04197, with a = 1/2;
 * Axolotl's {@code RexLR} has a = 0.1).
 *
 * <p>Peak 3e-5, floor 0, a 0.1, W 60, T 1000: lr(61) = 2.9996805452e-5, lr(530) = 2.7272727273e-5, lr(1000) = 0.
 *
 * @param alpha a, above 0 and at most 1, where the curve is a straight line
 */
public record Rex(double peak, double floor, double alpha, long warmup, long steps) implements LrSchedule {
    public Rex {
        Steps.checkDecay(peak, floor, warmup, steps);
        if (!(alpha > 0 && alpha <= 1)) {
            throw new IllegalArgumentException("alpha " + alpha + " is not above 0 and at most 1");
        }
    }

    @Override
    public double at(long step) {
        long k = Steps.clamped(step, steps);
        long top = Steps.peakStep(warmup);
        if (k <= top) {
            return Steps.rising(peak, k, top);
        }
        double z = (double) (steps - k) / (steps - top);
        return Steps.between(floor, peak, z / (alpha + (1 - alpha) * z));
    }

    @Override
    public String shape() {
        return "reflected exponential (alpha " + Numbers.text(alpha) + ") to " + Numbers.text(floor);
    }
}
