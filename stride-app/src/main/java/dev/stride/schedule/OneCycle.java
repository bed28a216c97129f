package dev.stride.schedule;

import dev.stride.config.Numbers;

/**
 * Half a cosine up from a share of the peak, half a cosine down to the floor (Smith and Topin 2018, arXiv 1708.07120;
 * the cosines are fastai's): with r = k/W and the share v, lr(k) = peak (v + (1 - v)(1 - cos(pi r))/2) up to step W,
 * then floor + (peak - floor)(1 + cos(pi q))/2, q = (k - W)/(T - W).
 *
 * <p>Peak 3e-5, floor 3e-10, v 0.04, W 250, T 1000: lr(125) = 1.56e-5, lr(625) = 1.500015e-5, lr(1000) = 3e-10. AdamW's
 * betas stay as they are; fastai and PyTorch move the first one against the rate.
 *
 * @param warmupStart v, above 0 and at most 1; 0.04 in fastai and PyTorch
 */
public record OneCycle(double peak, double floor, double warmupStart, long warmup, long steps) implements LrSchedule {
    public OneCycle {
        Steps.checkDecay(peak, floor, warmup, steps);
        Steps.checkWarmupStart(warmupStart);
    }

    @Override
    public double at(long step) {
        long k = Steps.clamped(step, steps);
        long top = Steps.peakStep(warmup);
        if (k < top) {
            return Steps.between(warmupStart * peak, peak, 0.5 * (1 - Math.cos(Math.PI * k / top)));
        }
        if (k == top) {
            return peak;
        }
        return Steps.between(floor, peak, 0.5 * (1 + Math.cos(Math.PI * Steps.progress(k, top, steps))));
    }

    @Override
    public String shape() {
        return "one cycle from " + Numbers.text(warmupStart * peak) + " to " + Numbers.text(floor);
    }
}
