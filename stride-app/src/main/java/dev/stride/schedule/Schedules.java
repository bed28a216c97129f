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
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Turns what was asked of a schedule into absolute numbers. */
public final class Schedules {
    /** {@code lr_end} of transformers' polynomial where none is given. */
    static final double HF_POLYNOMIAL_END = 1e-7;
    /** {@code start_factor} of torch's LinearLR where none is given. */
    static final double TORCH_WARMUP_START = 1.0 / 3;
    /** 1/{@code div_factor} of OneCycleLR, and fastai's, where none is given. */
    static final double ONE_CYCLE_START = 1.0 / 25;
    /** {@code final_div_factor} of OneCycleLR where none is given. */
    static final double ONE_CYCLE_FINAL_DIVISOR = 1e4;

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
        if (name == null || (warmup == null && config.warmupSlope() == null)) {
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
        private final String warmupPath;
        private final String warmupText;
        private final double peak;
        private final long steps;
        private final long warmup;
        private final long decay;
        private final double warmupStart;
        private final double minLr;
        private final List<Problem> problems = new ArrayList<>();

        Resolver(ScheduleConfig config, ScheduleName name, @Nullable Share share, double peak, long steps) {
            this.config = config;
            this.name = name;
            this.peak = peak;
            this.steps = steps;
            Double slope = config.warmupSlope();
            if (slope != null) {
                warmup = Sloped.updates(peak, slope);
                warmupPath = "schedule.warmup_slope";
                warmupText = Numbers.text(slope) + " an update";
            } else {
                Share part = Objects.requireNonNull(share);
                warmup = warmupSteps(part, config.form(), steps);
                warmupPath = "schedule.warmup";
                warmupText = part.toString();
            }
            decay = config.wsdDecay().of(steps);
            warmupStart = orDefault(
                    config.warmupStart(), name == ScheduleName.ONE_CYCLE ? ONE_CYCLE_START : TORCH_WARMUP_START);
            minLr = orDefault(config.minLr(), usualMinLr());
        }

        private double usualMinLr() {
            if (isHfPolynomial()) {
                return HF_POLYNOMIAL_END;
            }
            boolean torchOneCycle = config.form() == ScheduleForm.TORCH && name == ScheduleName.ONE_CYCLE;
            return torchOneCycle ? peak * warmupStart / ONE_CYCLE_FINAL_DIVISOR : 0;
        }

        LrSchedule resolve() {
            checkWarmup();
            checkCycles();
            checkFloor();
            if (!problems.isEmpty()) {
                throw new UserException(
                        "the schedule does not fit a run of " + Numbers.count(steps) + " updates with the peak "
                                + Numbers.text(peak),
                        problems);
            }
            return switch (config.form()) {
                case NATIVE -> config.warmupSlope() == null ? ours() : new Sloped(ours(), config.warmupSlope());
                case HF -> hf();
                case TORCH -> torch();
            };
        }

        private void checkWarmup() {
            boolean wsd = name == ScheduleName.WSD;
            // in the native form one update alone has the peak; otherwise what falls needs a step behind the peak
            boolean needsRoom = steps > 1 || config.form() != ScheduleForm.NATIVE;
            boolean falls = needsRoom
                    && switch (name) {
                        case CONSTANT, INVERSE_SQRT, PLATEAU -> false;
                        default -> true;
                    };
            long most = falls ? steps - 1 : steps;
            if (warmup > most) {
                problems.add(new Problem(
                        warmupPath,
                        warmupText + " = " + Numbers.count(warmup) + " updates",
                        "at most " + Numbers.count(most) + " of the run's " + Numbers.count(steps),
                        "",
                        config.warmupSlope() == null
                                ? "Train longer or warm up for fewer updates."
                                : "Train longer, or rise by at least " + Numbers.text(peak / Math.max(1, most))
                                        + " an update."));
            } else if (config.form() == ScheduleForm.TORCH && name == ScheduleName.ONE_CYCLE && warmup == 1) {
                problems.add(new Problem(
                        warmupPath,
                        warmupText + " = 1 update",
                        "0, or at least 2 updates, for OneCycleLR, which divides by zero for 1",
                        "",
                        ""));
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

        private void checkCycles() {
            if (name != ScheduleName.COSINE_RESTARTS || warmup >= steps) {
                return;
            }
            boolean torch = config.form() == ScheduleForm.TORCH;
            long behind = steps - (torch ? warmup : Steps.peakStep(warmup));
            if (torch && firstCycle() > behind) {
                problems.add(new Problem(
                        "schedule.cycle_length",
                        config.cycleLength() + " = " + Numbers.count(firstCycle()) + " updates",
                        "at most the " + Numbers.count(behind) + " behind the warm-up",
                        "",
                        ""));
            } else if (config.form() == ScheduleForm.NATIVE && steps > 1 && config.cycles() > behind) {
                problems.add(new Problem(
                        "schedule.cycles",
                        Numbers.count(config.cycles()),
                        "at most the " + Numbers.count(behind) + " updates behind the peak",
                        "",
                        ""));
            }
        }

        private long firstCycle() {
            Share length = config.cycleLength();
            return length == null ? steps - warmup : length.of(steps);
        }

        private void checkFloor() {
            // at the peak a plateau would have nothing to cut
            boolean below = isHfPolynomial() || name == ScheduleName.PLATEAU;
            boolean fits = below ? minLr < peak : minLr <= peak;
            if (!fits) {
                problems.add(new Problem(
                        "schedule.min_lr",
                        Numbers.text(minLr),
                        (below ? "below" : "at most") + " the peak " + Numbers.text(peak),
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
                case COSINE_RESTARTS -> new CosineRestarts(peak, minLr, config.cycles(), warmup, steps);
                case ONE_CYCLE -> new OneCycle(peak, minLr, warmupStart, warmup, steps);
                case REX -> new Rex(peak, minLr, config.rexAlpha(), warmup, steps);
                case PLATEAU -> new ReducedOnPlateau(peak, minLr, config.plateau(), warmup, steps);
                case COSINE_WARMUP_MIN -> throw notInForm();
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
                case ONE_CYCLE, REX, PLATEAU -> throw notInForm();
            };
        }

        private LrSchedule torch() {
            return switch (name) {
                case CONSTANT -> new TorchSchedule.Constant(peak, warmupStart, warmup, steps);
                case LINEAR -> new TorchSchedule.Linear(peak, minLr, warmupStart, warmup, steps);
                case COSINE -> new TorchSchedule.Cosine(peak, minLr, warmupStart, warmup, steps);
                case COSINE_RESTARTS ->
                    new TorchSchedule.CosineRestarts(
                            peak, minLr, firstCycle(), config.cycleGrowth(), warmupStart, warmup, steps);
                case POLYNOMIAL -> new TorchSchedule.Polynomial(peak, config.power(), warmupStart, warmup, steps);
                case ONE_CYCLE -> new TorchSchedule.OneCycle(peak, minLr, warmupStart, warmup, steps);
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
