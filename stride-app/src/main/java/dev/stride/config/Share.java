package dev.stride.config;

import java.math.BigDecimal;
import java.math.RoundingMode;
import org.jspecify.annotations.Nullable;

/**
 * A part of a run: a number of updates, or a percentage of all of them. Written {@code 60} or {@code 8%}.
 *
 * @param percent exact percentage in 0..100, or null where steps are given
 * @param steps number of updates, at least 0; 0 where a percentage is given
 */
public record Share(@Nullable BigDecimal percent, long steps) {
    public Share {
        if (steps < 0
                || (percent != null && (percent.signum() < 0 || percent.compareTo(BigDecimal.valueOf(100)) > 0))) {
            throw new IllegalArgumentException("percent " + percent + ", steps " + steps);
        }
    }

    /** A number of updates. */
    public static Share ofSteps(long steps) {
        return new Share(null, steps);
    }

    /** A percentage, for example {@code "8"}. */
    public static Share ofPercent(String percent) {
        return new Share(new BigDecimal(percent), 0);
    }

    /** Whether it is nothing of any run. */
    public boolean isNone() {
        return percent == null ? steps == 0 : percent.signum() == 0;
    }

    /** Updates out of {@code total}, rounded up from the exact decimal product: 7 % of 100 is 7. */
    public long of(long total) {
        if (percent == null) {
            return steps;
        }
        return BigDecimal.valueOf(total)
                .multiply(percent)
                .movePointLeft(2)
                .setScale(0, RoundingMode.CEILING)
                .longValueExact();
    }

    /** Updates out of {@code total} as transformers counts them, in floating point: 7 % of 100 is 8. */
    public long ofInFloats(long total) {
        return percent == null
                ? steps
                : (long) Math.ceil(total * percent.movePointLeft(2).doubleValue());
    }

    @Override
    public String toString() {
        return percent == null ? Long.toString(steps) : percent.toPlainString() + "%";
    }
}
