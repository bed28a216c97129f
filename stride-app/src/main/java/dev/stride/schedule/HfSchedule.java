package dev.stride.schedule;

import dev.stride.config.Numbers;
import dev.stride.config.RampShape;
import dev.stride.config.ScheduleForm;
import org.jspecify.annotations.Nullable;

/**
 * The schedules of transformers' {@code optimization.py}, number for number.
 *
 * <p>Update {@code step} uses the factor of s = step - 1 (updates already taken). W is the warm-up, T the whole run, p =
 * (s - W)/max(1, T - W). While s < W the factor is s/max(1, W), so the first update is 0. Nothing is clamped that
 * transformers does not clamp: {@link Cosine} rises again after T (its optimization.py).
 */
public sealed interface HfSchedule extends LrSchedule {
    /** The factor on the peak after {@code s} updates. */
    double factor(long s);

    @Override
    default double at(long step) {
        return peak() * factor(Steps.counted(step) - 1);
    }

    @Override
    default double floor() {
        return at(steps());
    }

    @Override
    default ScheduleForm form() {
        return ScheduleForm.HF;
    }

    private static double warmUp(long s, long warmup) {
        return s / (double) Math.max(1, warmup);
    }

    private static double progress(long s, long warmup, long steps) {
        return (double) (s - warmup) / Math.max(1, steps - warmup);
    }

    private static void check(double peak, long warmup, long steps) {
        Steps.check(peak, 0, warmup, steps);
    }

    private static void checkRatio(String name, double ratio) {
        if (!(ratio >= 0 && ratio <= 1)) {
            throw new IllegalArgumentException(name + " " + ratio + " is not in 0..1");
        }
    }

    /**
     * constant, and with a warm-up constant_with_warmup: factor 1.
     *
     * <p>Peak 3e-5, W 60: lr(1) = 0, lr(2) = 5e-7, lr(61) = 3e-5.
     */
    record Constant(double peak, long warmup, long steps) implements HfSchedule {
        public Constant {
            check(peak, warmup, steps);
        }

        @Override
        public double factor(long s) {
            return s < warmup ? warmUp(s, warmup) : 1;
        }

        @Override
        public String shape() {
            return warmup > 0 ? "constant_with_warmup" : "constant";
        }
    }

    /**
     * linear: max(0, (T - s)/max(1, T - W)).
     *
     * <p>Peak 3e-5, W 60, T 1000: lr(2) = 5e-7, lr(531) = 1.5e-5, lr(1000) = 3.1914893617e-8.
     */
    record Linear(double peak, long warmup, long steps) implements HfSchedule {
        public Linear {
            check(peak, warmup, steps);
        }

        @Override
        public double factor(long s) {
            return s < warmup ? warmUp(s, warmup) : Math.max(0, (double) (steps - s) / Math.max(1, steps - warmup));
        }

        @Override
        public String shape() {
            return "linear";
        }
    }

    /**
     * cosine: max(0, (1 + cos(pi p))/2), which climbs back to the peak at s = 2T - W; with a floor,
     * cosine_with_min_lr: f(1 - m) + m with m = minLr/peak.
     *
     * <p>Peak 3e-5, minLr 0, W 60, T 1000: lr(531) = 1.5e-5, lr(1000) = 8.3773159922e-11, lr(1236) = 4.3933982818e-6.
     */
    record Cosine(double peak, double minLr, long warmup, long steps) implements HfSchedule {
        public Cosine {
            check(peak, warmup, steps);
            checkRatio("minLr / peak", minLr / peak);
        }

        @Override
        public double factor(long s) {
            if (s < warmup) {
                return warmUp(s, warmup);
            }
            double f = 0.5 * (1 + Math.cos(Math.PI * progress(s, warmup, steps)));
            double m = minLr / peak;
            return Math.max(0, f * (1 - m) + m);
        }

        @Override
        public String shape() {
            return minLr > 0 ? "cosine_with_min_lr " + Numbers.text(minLr) : "cosine";
        }
    }

    /**
     * cosine_with_restarts: 0 where p >= 1, else (1 + cos(pi ((c p) mod 1)))/2 with c cycles.
     *
     * <p>Peak 3e-5, c 2, W 60, T 1000: lr(101) = 2.9467037626e-5, lr(531) = 3e-5, lr(1001) = 0.
     */
    record CosineRestarts(double peak, int cycles, long warmup, long steps) implements HfSchedule {
        public CosineRestarts {
            check(peak, warmup, steps);
            if (cycles < 1) {
                throw new IllegalArgumentException("cycles " + cycles + " is below 1");
            }
        }

        @Override
        public double factor(long s) {
            if (s < warmup) {
                return warmUp(s, warmup);
            }
            double p = progress(s, warmup, steps);
            return p >= 1 ? 0 : Math.max(0, 0.5 * (1 + Math.cos(Math.PI * ((cycles * p) % 1.0))));
        }

        @Override
        public String shape() {
            return "cosine_with_restarts, cycles " + cycles;
        }
    }

    /**
     * cosine_warmup_with_min_lr, the one whose first update is not 0: warm-up (s + 1)/max(1, W), or w + (1 - w) s/max(1,
     * W - 1) from the share w of the peak; then the cosine with (s - W + 1)/max(1, T - W), on m = minLr/peak.
     *
     * <p>The cosine starts one update in, so with W = 0 no update has the peak.
     *
     * <p>Peak 3e-5, minLr 3e-6, W 60, T 1000: lr(1) = 5e-7, lr(60) = 3e-5, lr(1000) = 3e-6.
     *
     * @param warmupStart w; null: the first rule
     */
    record CosineWarmupMin(
            double peak, double minLr, @Nullable Double warmupStart, long warmup, long steps) implements HfSchedule {
        public CosineWarmupMin {
            check(peak, warmup, steps);
            checkRatio("minLr / peak", minLr / peak);
            if (warmupStart != null) {
                checkRatio("warmupStart", warmupStart);
            }
        }

        @Override
        public double factor(long s) {
            if (s < warmup) {
                return warmupStart == null
                        ? (s + 1.0) / Math.max(1, warmup)
                        : warmupStart + (1 - warmupStart) * s / Math.max(1, warmup - 1);
            }
            double p = (s - warmup + 1.0) / Math.max(1, steps - warmup);
            double m = minLr / peak;
            return Math.max(0, 0.5 * (1 + Math.cos(Math.PI * p)) * (1 - m) + m);
        }

        @Override
        public String shape() {
            return "cosine_warmup_with_min_lr " + Numbers.text(minLr);
        }
    }

    /**
     * polynomial: ((peak - e)(1 - p)^power + e)/peak, and e/peak where s > T.
     *
     * <p>Peak 3e-5, e 1e-7, power 2, W 60, T 1000: lr(101) = 2.7509461295e-5, lr(531) = 7.575e-6, lr(1001) = 1e-7.
     *
     * @param end e, below the peak; 1e-7 in transformers
     */
    record Polynomial(double peak, double end, double power, long warmup, long steps) implements HfSchedule {
        public Polynomial {
            check(peak, warmup, steps);
            if (!(end >= 0 && end < peak)) {
                throw new IllegalArgumentException("end " + end + " is not below the peak " + peak);
            }
            if (warmup >= steps) {
                throw new IllegalArgumentException("a warm-up of " + warmup + " needs more steps than " + steps);
            }
        }

        @Override
        public double factor(long s) {
            if (s < warmup) {
                return warmUp(s, warmup);
            }
            if (s > steps) {
                return end / peak;
            }
            double left = 1 - (double) (s - warmup) / (steps - warmup);
            return ((peak - end) * Math.pow(left, power) + end) / peak;
        }

        @Override
        public String shape() {
            return "polynomial of power " + Numbers.text(power) + " to " + Numbers.text(end);
        }
    }

    /**
     * inverse_sqrt: 1/sqrt((s + ts - W)/ts), ts = W, or 10000 without a warm-up.
     *
     * <p>Peak 3e-5, W 60: lr(61) = 3e-5, lr(101) = 2.3237900077e-5, lr(531) = 1.0093898774e-5.
     */
    record InverseSqrt(double peak, long warmup, long steps) implements HfSchedule {
        public InverseSqrt {
            check(peak, warmup, steps);
        }

        @Override
        public double factor(long s) {
            if (s < warmup) {
                return warmUp(s, warmup);
            }
            long timescale = warmup > 0 ? warmup : 10_000;
            return 1 / Math.sqrt((double) (s + timescale - warmup) / timescale);
        }

        @Override
        public String shape() {
            return "inverse_sqrt";
        }
    }

    /**
     * warmup_stable_decay: warm-up u(s/W), 1 in the stable part, d(q) over the last D updates, then 0; each as f(1 - m)
     * + m with m = minLr/peak, which lifts the start of the warm-up too.
     *
     * <p>Peak 3e-5, minLr 0, W 60, D 200, T 1000, 1-sqrt: lr(801) = 3e-5, lr(901) = 8.7867965644e-6, lr(1001) = 0.
     */
    record WarmupStableDecay(
            double peak, double minLr, RampShape warmupShape, RampShape decayShape, long decay, long warmup, long steps)
            implements HfSchedule {
        public WarmupStableDecay {
            check(peak, warmup, steps);
            checkRatio("minLr / peak", minLr / peak);
            if (decay < 0 || warmup + decay > steps) {
                throw new IllegalArgumentException(
                        "a warm-up of " + warmup + " and a decay of " + decay + " steps do not fit into " + steps);
            }
        }

        @Override
        public double factor(long s) {
            double m = minLr / peak;
            return Math.max(0, bare(s) * (1 - m) + m);
        }

        private double bare(long s) {
            if (s < warmup) {
                return Ramp.up(warmupShape, warmUp(s, warmup));
            }
            if (s < steps - decay) {
                return 1;
            }
            return s < steps ? Ramp.down(decayShape, (double) (s - (steps - decay)) / Math.max(1, decay)) : 0;
        }

        @Override
        public String shape() {
            return "warmup_stable_decay, " + decayShape.word() + " to " + Numbers.text(minLr) + " over the last "
                    + decay + " updates";
        }
    }
}
