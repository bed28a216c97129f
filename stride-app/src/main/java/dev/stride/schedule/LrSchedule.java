package dev.stride.schedule;

import dev.stride.config.ScheduleForm;

/**
 * The learning rate as a pure function of the update, in absolute numbers.
 *
 * <p>A step is one optimizer update and is counted from 1. In the native form step k of a warm-up of W is peak x k/W
 * (one-cycle rises by a cosine, and {@link Sloped} by a rate of its own), so it is never 0; step W is the peak; the last
 * step is the {@link #floor}; later steps stay there. A warm-up of 0 steps equals one of 1 step: the first update has the
 * peak. A run of one step has the peak. The other forms keep the arithmetic of the library they are named after, with its
 * first step of 0 and its behaviour after the end.
 *
 * <p>Rates are in units of the optimizer (a factor on the update), at least 0. Values agree with the formulas to a few
 * units in the last place.
 */
public sealed interface LrSchedule
        permits Constant,
                Linear,
                Cosine,
                CosineRestarts,
                Polynomial,
                InverseSqrt,
                WarmupStableDecay,
                OneCycle,
                Rex,
                ReducedOnPlateau,
                Cooldown,
                Sloped,
                HfSchedule,
                TorchSchedule {
    /**
     * The rate that update {@code step} uses.
     *
     * @throws IllegalArgumentException for a step below 1
     */
    double at(long step);

    /** The shape behind the warm-up: this, or what a {@link Sloped} warm-up leads to. */
    default LrSchedule curve() {
        return this;
    }

    /** The highest rate of the warm-up, where the decay starts. */
    double peak();

    /** The rate of the last planned update; in the native form also of every later one. */
    double floor();

    /** Updates of the warm-up. */
    long warmup();

    /** Planned updates of the whole run. */
    long steps();

    /** Whose arithmetic this is. */
    default ScheduleForm form() {
        return ScheduleForm.NATIVE;
    }

    /** The shape in words, for example {@code cosine to 0}. */
    String shape();

    /**
     * The curve for a terminal: {@code height} lines of {@code width} columns, with the rates on the left and the
     * updates below.
     */
    default String draw(int width, int height) {
        return new CurveDrawing(this, width, height).toText();
    }
}
