package dev.stride.schedule;

import dev.stride.config.Numbers;
import dev.stride.config.RampShape;

/**
 * A warm-up, a long stretch at the peak, and a short decay over the last D steps: lr(k) = floor + (peak - floor) d(q), q
 * = (k - (T - D))/D, with d = 1 - q, (1 + cos(pi q))/2 or 1 - sqrt(q) (Haegele 2024, arXiv 2405.18392).
 *
 * <p>Peak 3e-5, floor 0, W 60, D 200, T 1000, 1-sqrt: lr(800) = 3e-5, lr(900) = 8.7867965644e-6, lr(1000) = 0.
 */
public record WarmupStableDecay(double peak, double floor, RampShape decayShape, long decay, long warmup, long steps)
        implements LrSchedule {
    public WarmupStableDecay {
        Steps.checkDecay(peak, floor, warmup, steps);
        if (decay < 1 || (steps > 1 && decay > steps - Steps.peakStep(warmup))) {
            throw new IllegalArgumentException(
                    "a warm-up of " + warmup + " and a decay of " + decay + " steps do not fit into " + steps);
        }
    }

    @Override
    public double at(long step) {
        long k = Steps.clamped(step, steps);
        long top = Steps.peakStep(warmup);
        if (k <= top) {
            return Steps.rising(peak, k, top);
        }
        if (k <= steps - decay) {
            return peak;
        }
        return Steps.between(floor, peak, Ramp.down(decayShape, Steps.progress(k, steps - decay, steps)));
    }

    @Override
    public String shape() {
        return "stable, then " + decayShape.word() + " to " + Numbers.text(floor) + " over the last " + decay
                + " updates";
    }
}
