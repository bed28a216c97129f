package dev.stride.schedule;

/** The checks and the warm-up that the native schedules share. */
final class Steps {
    private Steps() {}

    /** Refuses numbers that no schedule can have. */
    static void check(double peak, double floor, long warmup, long steps) {
        if (!(peak > 0) || Double.isInfinite(peak)) {
            throw new IllegalArgumentException("peak " + peak + " is not a rate above 0");
        }
        if (!(floor >= 0 && floor <= peak)) {
            throw new IllegalArgumentException("floor " + floor + " is not in 0.." + peak);
        }
        if (steps < 1 || warmup < 0 || warmup > steps) {
            throw new IllegalArgumentException("warm-up of " + warmup + " steps in a run of " + steps);
        }
    }

    /** As {@link #check}; the shape decays, so a step must be left behind the peak to do it. */
    static void checkDecay(double peak, double floor, long warmup, long steps) {
        check(peak, floor, warmup, steps);
        if (steps > 1 && warmup == steps) {
            throw new IllegalArgumentException("a warm-up of all " + steps + " steps leaves none to decay in");
        }
    }

    /** Refuses a warm-up that starts nowhere or above the peak. */
    static void checkWarmupStart(double share) {
        if (!(share > 0 && share <= 1)) {
            throw new IllegalArgumentException("warmupStart " + share + " is not above 0 and at most 1");
        }
    }

    /** The step, held at the last one. */
    static long clamped(long step, long steps) {
        return Math.min(counted(step), steps);
    }

    /** The step, refused below 1. */
    static long counted(long step) {
        if (step < 1) {
            throw new IllegalArgumentException("step " + step + ": updates are counted from 1");
        }
        return step;
    }

    /** The step of the peak: no warm-up is a warm-up of one step. */
    static long peakStep(long warmup) {
        return Math.max(1, warmup);
    }

    /** The rate of the warm-up: step {@code top} has the peak, bit for bit. */
    static double rising(double peak, long step, long top) {
        return step >= top ? peak : peak * step / top;
    }

    /** The share of the way from the peak (0) to the last step (1). */
    static double progress(long step, long from, long to) {
        return (double) (step - from) / (to - from);
    }

    /** A level between the floor (0) and the peak (1); both ends are met exactly. */
    static double between(double floor, double peak, double level) {
        return level == 1 ? peak : floor + (peak - floor) * level;
    }
}
