package dev.stride.schedule;

import dev.stride.config.ScheduleForm;

/**
 * Another schedule up to a step f, then from its rate there down to 0: lr(k) = base(f)(1 - sqrt((k - f)/(T - f))).
 *
 * <p>The shape that ends a constant rate best (Hägele et al. 2024). Base constant at 3e-5, f 100, T 200: lr(100) = 3e-5,
 * lr(125) = 1.5e-5, lr(200) = 0.
 *
 * @param base the schedule until then
 * @param from f, at least 1
 * @param steps T, above f: updates at the end of the cooldown
 */
public record Cooldown(LrSchedule base, long from, long steps) implements LrSchedule {
    public Cooldown {
        if (from < 1 || steps <= from) {
            throw new IllegalArgumentException("a cooldown from " + from + " to " + steps);
        }
    }

    @Override
    public double at(long step) {
        long k = Math.min(Steps.counted(step), steps);
        return k <= from
                ? base.at(k)
                : base.at(from) * Math.max(0, 1 - Math.sqrt((double) (k - from) / (steps - from)));
    }

    @Override
    public double peak() {
        return base.peak();
    }

    @Override
    public double floor() {
        return 0;
    }

    @Override
    public long warmup() {
        return base.warmup();
    }

    @Override
    public ScheduleForm form() {
        return base.form();
    }

    @Override
    public String shape() {
        return base.shape() + ", cooled down to 0 from update " + from + " on";
    }
}
