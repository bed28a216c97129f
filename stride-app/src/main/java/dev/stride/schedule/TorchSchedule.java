package dev.stride.schedule;

import dev.stride.config.Numbers;
import dev.stride.config.ScheduleForm;

/**
 * The schedules of {@code torch.optim.lr_scheduler} that have a name of ours, alone or behind a LinearLR in a
 * SequentialLR; OneCycleLR has its own warm-up.
 *
 * <p>Update {@code step} uses the value after s = step - 1 scheduler steps, in closed form; the recursive form of torch
 * differs by less than 3e-14. A warm-up of W goes from {@code warmupStart} x peak at s = 0 to the peak at s = W, and the
 * decay takes the other T - W (torch/optim/lr_scheduler.py).
 */
public sealed interface TorchSchedule extends LrSchedule {
    /** Where the warm-up starts, as a share of the peak. */
    double warmupStart();

    /** The rate {@code s} scheduler steps into the warm-up. */
    default double warmed(long s) {
        return peak() * (warmupStart() + (1 - warmupStart()) * s / warmup());
    }

    /** The rate {@code t} scheduler steps into the decay. */
    double decayed(long t);

    @Override
    default double at(long step) {
        long s = Steps.counted(step) - 1;
        return s < warmup() ? warmed(s) : decayed(s - warmup());
    }

    @Override
    default double floor() {
        return at(steps());
    }

    @Override
    default ScheduleForm form() {
        return ScheduleForm.TORCH;
    }

    private static void check(double peak, double floor, double warmupStart, long warmup, long steps) {
        Steps.check(peak, floor, warmup, steps);
        if (warmup == steps) {
            throw new IllegalArgumentException("a warm-up of all " + steps + " steps leaves none to decay in");
        }
        Steps.checkWarmupStart(warmupStart);
    }

    /**
     * The peak itself: torch's own constant rate, or what LinearLR leaves when it is over.
     *
     * <p>Peak 3e-5, warm-up 60 from 0.01: lr(1) = 3e-7, lr(2) = 7.95e-7, lr(61) = 3e-5.
     */
    record Constant(double peak, double warmupStart, long warmup, long steps) implements TorchSchedule {
        public Constant {
            Steps.check(peak, 0, warmup, steps);
            Steps.checkWarmupStart(warmupStart);
        }

        @Override
        public double decayed(long t) {
            return peak;
        }

        @Override
        public String shape() {
            return warmup > 0 ? "LinearLR, then constant" : "constant";
        }
    }

    /**
     * LinearLR from 1 to end/peak: peak x (1 + (end/peak - 1) min(t, T - W)/(T - W)).
     *
     * <p>Peak 3e-5, end 0, no warm-up, T 1000: lr(1) = 3e-5, lr(501) = 1.5e-5, lr(1000) = 3e-8.
     *
     * @param end the rate behind the last update
     */
    record Linear(double peak, double end, double warmupStart, long warmup, long steps) implements TorchSchedule {
        public Linear {
            check(peak, end, warmupStart, warmup, steps);
        }

        @Override
        public double decayed(long t) {
            long total = steps - warmup;
            // torch's order of the terms: any other may end below 0 by its last bits
            return peak * (1 + (end / peak - 1) * Math.min(t, total) / total);
        }

        @Override
        public String shape() {
            return "LinearLR to " + Numbers.text(end);
        }
    }

    /**
     * CosineAnnealingLR: eta + (peak - eta)(1 + cos(pi t/(T - W)))/2, which rises again behind the end.
     *
     * <p>Peak 3e-5, eta 3e-6, no warm-up, T 1000: lr(2) = 2.9999933380e-5, lr(501) = 1.65e-5, lr(1000) =
     * 3.0000666198e-6.
     *
     * @param etaMin eta
     */
    record Cosine(double peak, double etaMin, double warmupStart, long warmup, long steps) implements TorchSchedule {
        public Cosine {
            check(peak, etaMin, warmupStart, warmup, steps);
        }

        @Override
        public double decayed(long t) {
            return etaMin + (peak - etaMin) * (1 + Math.cos(Math.PI * t / (steps - warmup))) / 2;
        }

        @Override
        public String shape() {
            return "CosineAnnealingLR to " + Numbers.text(etaMin);
        }
    }

    /**
     * CosineAnnealingWarmRestarts: eta + (peak - eta)(1 + cos(pi c/C))/2, c scheduler steps into a cycle of C; the first
     * has T_0, each later one T_mult times as many as the one before. It goes on like that behind the end.
     *
     * <p>Peak 3e-5, eta 0, T_0 100, T_mult 2, no warm-up: lr(51) = 1.5e-5, lr(101) = 3e-5, lr(300) = 1.8505127751e-9.
     *
     * @param etaMin eta
     * @param firstCycle T_0
     * @param growth T_mult
     */
    record CosineRestarts(
            double peak, double etaMin, long firstCycle, int growth, double warmupStart, long warmup, long steps)
            implements TorchSchedule {
        public CosineRestarts {
            check(peak, etaMin, warmupStart, warmup, steps);
            if (firstCycle < 1 || growth < 1) {
                throw new IllegalArgumentException("a first cycle of " + firstCycle + ", growing by " + growth);
            }
        }

        @Override
        public double decayed(long t) {
            double into = t;
            double length = firstCycle;
            while (growth > 1 && into >= length) {
                into -= length;
                length *= growth;
            }
            return etaMin + (peak - etaMin) * (1 + Math.cos(Math.PI * (into % length) / length)) / 2;
        }

        @Override
        public String shape() {
            return "CosineAnnealingWarmRestarts to " + Numbers.text(etaMin) + ", T_0 " + firstCycle + ", T_mult "
                    + growth;
        }
    }

    /**
     * OneCycleLR with cosines and two phases: half a cosine from {@code warmupStart} x peak at s = 0 to the peak at s = W
     * - 1, half a cosine to {@code minLr} at s = T - 1. pct_start is W/T, div_factor 1/warmupStart, final_div_factor
     * warmupStart x peak/minLr.
     *
     * <p>torch accepts one step more, at s = T, where the rate rises again, and raises behind it; this class keeps the
     * rate of s = T there. Without a warm-up the first update is one step down already. AdamW's betas stay as they are
     * (cycle_momentum=False).
     *
     * <p>Peak 3e-5, minLr 1.2e-10, warmupStart 0.04, W 60, T 1000: lr(1) = 1.2e-6, lr(60) = 3e-5, lr(1000) = 1.2e-10.
     *
     * @param warmup W, not 1, for which torch divides by zero
     */
    record OneCycle(double peak, double minLr, double warmupStart, long warmup, long steps) implements TorchSchedule {
        public OneCycle {
            check(peak, minLr, warmupStart, warmup, steps);
            if (warmup == 1) {
                throw new IllegalArgumentException("OneCycleLR cannot warm up in 1 step: it divides by zero");
            }
        }

        @Override
        public double warmed(long s) {
            return annealed(warmupStart * peak, peak, (double) s / (warmup - 1));
        }

        @Override
        public double decayed(long t) {
            long total = steps - warmup;
            return annealed(peak, minLr, (Math.min(t, total) + 1.0) / total);
        }

        private static double annealed(double from, double to, double share) {
            return to + (from - to) / 2 * (1 + Math.cos(Math.PI * share));
        }

        @Override
        public String shape() {
            return "OneCycleLR from " + Numbers.text(warmupStart * peak) + " to " + Numbers.text(minLr);
        }
    }

    /**
     * PolynomialLR: peak x (1 - min(t, T - W)/(T - W))^power.
     *
     * <p>Peak 3e-5, power 0.9, no warm-up, T 1000: lr(1) = 3e-5, lr(501) = 1.6076601938e-5, lr(1000) =
     * 5.9857869449e-8.
     */
    record Polynomial(double peak, double power, double warmupStart, long warmup, long steps) implements TorchSchedule {
        public Polynomial {
            check(peak, 0, warmupStart, warmup, steps);
            if (!(power > 0) || Double.isInfinite(power)) {
                throw new IllegalArgumentException("power " + power + " is not above 0");
            }
        }

        @Override
        public double decayed(long t) {
            long total = steps - warmup;
            return peak * Math.pow(1 - (double) Math.min(t, total) / total, power);
        }

        @Override
        public String shape() {
            return "PolynomialLR of power " + Numbers.text(power);
        }
    }
}
