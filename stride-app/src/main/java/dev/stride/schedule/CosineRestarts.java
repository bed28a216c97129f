package dev.stride.schedule;

import dev.stride.config.Numbers;

/**
 * A warm-up, then c equally long half cosines, each from the peak towards the floor: lr(k) = floor + (peak - floor)(1 +
 * cos(pi ((c q) mod 1)))/2, q = (k - W)/(T - W), and the floor at q = 1 (SGDR with cycles of one length, Loshchilov and
 * Hutter 2017, arXiv 1608.03983).
 *
 * <p>Peak 3e-5, floor 0, c 2, W 60, T 1000: lr(295) = 1.5e-5, lr(530) = 3e-5, lr(1000) = 0. Each later cycle begins at
 * the peak again; the update before it is the last of the cycle before and lies just above the floor.
 *
 * @param cycles c, at most as many as there are updates behind the peak
 */
public record CosineRestarts(double peak, double floor, int cycles, long warmup, long steps) implements LrSchedule {
    public CosineRestarts {
        Steps.checkDecay(peak, floor, warmup, steps);
        if (cycles < 1 || (steps > 1 && cycles > steps - Steps.peakStep(warmup))) {
            throw new IllegalArgumentException(
                    cycles + " cycles do not fit behind a warm-up of " + warmup + " steps in a run of " + steps);
        }
    }

    @Override
    public double at(long step) {
        long k = Steps.clamped(step, steps);
        long top = Steps.peakStep(warmup);
        if (k <= top) {
            return Steps.rising(peak, k, top);
        }
        if (k == steps) {
            return floor;
        }
        long length = steps - top;
        // in whole numbers, so that a cycle begins exactly at the peak
        double q = (double) (Math.multiplyExact(k - top, cycles) % length) / length;
        return Steps.between(floor, peak, 0.5 * (1 + Math.cos(Math.PI * q)));
    }

    @Override
    public String shape() {
        return "cosine to " + Numbers.text(floor) + " in " + cycles + (cycles == 1 ? " cycle" : " cycles");
    }
}
