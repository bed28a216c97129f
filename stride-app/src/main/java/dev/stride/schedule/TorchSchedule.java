package dev.stride.schedule;

import dev.stride.config.Numbers;
import dev.stride.config.ScheduleForm;

/**
 * The schedules of {@code torch.optim.lr_scheduler} that have a name of ours: CosineAnnealingLR and PolynomialLR, alone
 * or behind a LinearLR in a SequentialLR.
 *
 * <p>Update {@code step} uses the value after s = step - 1 scheduler steps, in closed form; the recursive form of torch
 * differs by less than 3e-14. A warm-up of W goes from {@code warmupStart} x peak at s = 0 to the peak at s = W, and the
 * decay takes the other T - W (torch/optim/lr_scheduler.py).
 */
public sealed interface TorchSchedule extends LrSchedule {
    /** Where the warm-up starts, as a share of the peak. */
    double warmupStart();

    /** The rate {@code t} scheduler steps into the decay. */
    double decayed(long t);

    @Override
    default double at(long step) {
        long s = Steps.counted(step) - 1;
        if (s < warmup()) {
            return peak() * (warmupStart() + (1 - warmupStart()) * s / warmup());
        }
        return decayed(s - warmup());
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
        if (!(warmupStart > 0 && warmupStart <= 1)) {
            throw new IllegalArgumentException("warmupStart " + warmupStart + " is not above 0 and at most 1");
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
