package dev.stride.schedule;

import dev.stride.config.Numbers;
import dev.stride.config.Problem;
import dev.stride.config.ScheduleConfig;
import dev.stride.config.ScheduleForm;
import dev.stride.config.ScheduleName;
import dev.stride.config.Share;
import dev.stride.config.UserException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Turns what was asked of a schedule into absolute numbers. */
public final class Schedules {
    /** {@code lr_end} of transformers' polynomial where none is given. */
    static final double HF_POLYNOMIAL_END = 1e-7;
    /** {@code start_factor} of torch's LinearLR where none is given. */
    static final double TORCH_WARMUP_START = 1.0 / 3;

    private static final long TIMESCALE_WITHOUT_WARMUP = 10_000;

    private Schedules() {}

    /**
     * The schedule with its peak, floor, warm-up and length as numbers.
     *
     * @param config its name and warm-up must be known (the recipe fills them in)
     * @param peak highest rate, above 0
     * @param totalSteps updates of the whole run, at least 1
     * @throws UserException if the numbers do not fit together, with all the reasons
     */
    public static LrSchedule resolve(ScheduleConfig config, double peak, long totalSteps) {
        ScheduleName name = config.name();
        Share warmup = config.warmup();
        if (name == null || warmup == null) {
            throw new IllegalArgumentException("name and warm-up must be filled in first: " + config);
        }
        if (!(peak > 0) || Double.isInfinite(peak) || totalSteps < 1) {
            throw new IllegalArgumentException("peak " + peak + ", steps " + totalSteps);
        }
        return new Resolver(config, name, warmup, peak, totalSteps).resolve();
    }

    /** Updates of the warm-up, counted as the form counts them. */
    public static long warmupSteps(Share warmup, ScheduleForm form, long totalSteps) {
        return form == ScheduleForm.HF ? warmup.ofInFloats(totalSteps) : warmup.of(totalSteps);
    }

    private static final class Resolver {
        private final ScheduleConfig config;
        private final ScheduleName name;
        private final Share share;
        private final double peak;
        private final long steps;
        private final long warmup;
        private final long decay;
        private final double minLr;
        private final List<Problem> problems = new ArrayList<>();

        Resolver(ScheduleConfig config, ScheduleName name, Share share, double peak, long steps) {
            this.config = config;
            this.name = name;
            this.share = share;
            this.peak = peak;
            this.steps = steps;
            warmup = warmupSteps(share, config.form(), steps);
            decay = config.wsdDecay().of(steps);
            minLr = orDefault(config.minLr(), isHfPolynomial() ? HF_POLYNOMIAL_END : 0);
        }

        LrSchedule resolve() {
            checkWarmup();
            checkFloor();
            if (!problems.isEmpty()) {
                throw new UserException(
                        "the schedule does not fit a run of " + Numbers.count(steps) + " updates with the peak "
                                + Numbers.text(peak),
                        problems);
            }
            return switch (config.form()) {
                case NATIVE -> ours();
                case HF -> hf();
                case TORCH -> torch();
            };
        }

        private void checkWarmup() {
            boolean wsd = name == ScheduleName.WSD;
            // in the native form one update alone has the peak; otherwise what falls needs a step behind the peak
            boolean needsRoom = steps > 1 || config.form() != ScheduleForm.NATIVE;
            boolean falls = name != ScheduleName.CONSTANT && name != ScheduleName.INVERSE_SQRT && needsRoom;
            long most = falls ? steps - 1 : steps;
            if (warmup > most) {
                problems.add(new Problem(
                        "schedule.warmup",
                        share + " = " + Numbers.count(warmup) + " updates",
                        "at most " + Numbers.count(most) + " of the run's " + Numbers.count(steps),
                        "",
                        "Train longer or warm up for fewer updates."));
            } else if (wsd && (decay < 1 || (needsRoom && Steps.peakStep(warmup) + decay > steps))) {
                problems.add(new Problem(
                        "schedule.wsd_decay",
                        config.wsdDecay() + " = " + Numbers.count(decay) + " updates",
                        "1 to " + Numbers.count(steps - Steps.peakStep(warmup)) + " beside a warm-up of "
                                + Numbers.count(warmup),
                        "",
                        ""));
            }
        }

        private void checkFloor() {
            boolean fits = isHfPolynomial() ? minLr < peak : minLr <= peak;
            if (!fits) {
                problems.add(new Problem(
                        "schedule.min_lr",
                        Numbers.text(minLr),
                        (isHfPolynomial() ? "below" : "at most") + " the peak " + Numbers.text(peak),
                        "",
                        ""));
            }
        }

        private LrSchedule ours() {
            return switch (name) {
                case CONSTANT -> new Constant(peak, warmup, steps);
                case LINEAR -> new Linear(peak, minLr, warmup, steps);
                case COSINE -> new Cosine(peak, minLr, warmup, steps);
                case POLYNOMIAL -> new Polynomial(peak, minLr, config.power(), warmup, steps);
                case INVERSE_SQRT ->
                    new InverseSqrt(peak, minLr, warmup > 0 ? warmup : TIMESCALE_WITHOUT_WARMUP, warmup, steps);
                case WSD -> new WarmupStableDecay(peak, minLr, config.wsdShape(), decay, warmup, steps);
                case COSINE_RESTARTS, COSINE_WARMUP_MIN -> throw notInForm();
            };
        }

        private LrSchedule hf() {
            return switch (name) {
                case CONSTANT -> new HfSchedule.Constant(peak, warmup, steps);
                case LINEAR -> new HfSchedule.Linear(peak, warmup, steps);
                case COSINE -> new HfSchedule.Cosine(peak, minLr, warmup, steps);
                case COSINE_RESTARTS -> new HfSchedule.CosineRestarts(peak, config.cycles(), warmup, steps);
                case COSINE_WARMUP_MIN ->
                    new HfSchedule.CosineWarmupMin(peak, minLr, config.warmupStart(), warmup, steps);
                case POLYNOMIAL -> new HfSchedule.Polynomial(peak, minLr, config.power(), warmup, steps);
                case INVERSE_SQRT -> new HfSchedule.InverseSqrt(peak, warmup, steps);
                case WSD ->
                    new HfSchedule.WarmupStableDecay(
                            peak, minLr, config.wsdWarmup(), config.wsdShape(), decay, warmup, steps);
            };
        }

        private LrSchedule torch() {
            double start = orDefault(config.warmupStart(), TORCH_WARMUP_START);
            return switch (name) {
                case COSINE -> new TorchSchedule.Cosine(peak, minLr, start, warmup, steps);
                case POLYNOMIAL -> new TorchSchedule.Polynomial(peak, config.power(), start, warmup, steps);
                default -> throw notInForm();
            };
        }

        private IllegalArgumentException notInForm() {
            return new IllegalArgumentException(
                    "schedule " + name.word() + " has no form " + config.form().word());
        }

        private boolean isHfPolynomial() {
            return config.form() == ScheduleForm.HF && name == ScheduleName.POLYNOMIAL;
        }

        private static double orDefault(@Nullable Double value, double otherwise) {
            return value == null ? otherwise : value;
        }
    }
}
