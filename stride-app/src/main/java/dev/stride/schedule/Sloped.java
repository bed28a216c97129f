package dev.stride.schedule;

import dev.stride.config.ScheduleForm;

/**
 * A native schedule whose warm-up gains the same rate with every update, whatever the peak: lr(k) = slope x k while k < W,
 * W = ceil(peak/slope), then the schedule of a warm-up of W updates.
 *
 * <p>Two peaks with one slope have the same rates, bit for bit, up to the update before the lower one is reached. A
 * quotient within 1e-9 of a whole number is that number. Linear to 0, peak 3e-5, slope 4e-6, T 1000: W is 8, lr(1) =
 * 4e-6, lr(7) = 2.8e-5, lr(8) = 3e-5.
 *
 * @param curve what comes at update W and behind it; its warm-up is W
 * @param slope rate gained with each update, above 0
 */
public record Sloped(LrSchedule curve, double slope) implements LrSchedule {
    private static final double WHOLE = 1e-9;

    public Sloped {
        if (curve.form() != ScheduleForm.NATIVE || curve instanceof OneCycle || curve instanceof Sloped) {
            throw new IllegalArgumentException("a slope before " + curve);
        }
        if (curve.warmup() != updates(curve.peak(), slope)) {
            throw new IllegalArgumentException(
                    "a slope of " + slope + " does not reach " + curve.peak() + " in " + curve.warmup() + " updates");
        }
    }

    /** Updates in which a slope reaches a peak: W, at least 1; as many as a long holds where there are more. */
    public static long updates(double peak, double slope) {
        if (!(slope > 0) || Double.isInfinite(slope)) {
            throw new IllegalArgumentException("slope " + slope + " is not a rate above 0");
        }
        double quotient = peak / slope;
        double whole = Math.rint(quotient);
        boolean isWhole = Math.abs(quotient - whole) <= WHOLE * Math.max(1, whole);
        return Math.max(1, (long) (isWhole ? whole : Math.ceil(quotient)));
    }

    @Override
    public double at(long step) {
        return Steps.counted(step) < curve.warmup() ? slope * step : curve.at(step);
    }

    @Override
    public double peak() {
        return curve.peak();
    }

    @Override
    public double floor() {
        return curve.floor();
    }

    @Override
    public long warmup() {
        return curve.warmup();
    }

    @Override
    public long steps() {
        return curve.steps();
    }

    @Override
    public String shape() {
        return curve.shape();
    }
}
