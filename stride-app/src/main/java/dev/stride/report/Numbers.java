package dev.stride.report;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Numbers as people read them. */
final class Numbers {
    /** Stands where there is no number. */
    static final String NONE = "–";

    private Numbers() {}

    /** Scientific notation with at most three significant digits and no trailing zeros: {@code 2e-5}, {@code 1.25e-4}. */
    static String scientific(double value) {
        return scientific(value, 3);
    }

    /** Scientific notation with at most so many significant digits and no trailing zeros. */
    static String scientific(double value, int digits) {
        if (!Double.isFinite(value) || value == 0) {
            return value == 0 ? "0" : Double.toString(value);
        }
        BigDecimal rounded = new BigDecimal(value).round(new MathContext(digits, RoundingMode.HALF_EVEN));
        BigDecimal plain = rounded.stripTrailingZeros();
        int exponent = plain.precision() - plain.scale() - 1;
        return plain.movePointLeft(exponent).stripTrailingZeros().toPlainString() + "e" + exponent;
    }

    /** Plain where that is short, scientific where it is not: {@code 0.1}, {@code 500}, {@code 2e-5}, {@code 1e+7}. */
    static String compact(double value) {
        double size = Math.abs(value);
        if (!Double.isFinite(value) || (value != 0 && (size < 1e-3 || size >= 1e7))) {
            return scientific(value);
        }
        return new BigDecimal(value)
                .round(new MathContext(6, RoundingMode.HALF_EVEN))
                .stripTrailingZeros()
                .toPlainString();
    }

    /**
     * A fixed number of decimals, or as {@link #compact} where those would leave less than two digits of a small number:
     * no number is printed as {@code 0.000}, and 0 as {@code 0}. {@link #NONE} for null.
     */
    static String fixed(@Nullable Double value, int decimals) {
        if (value == null) {
            return NONE;
        }
        if (value == 0) {
            return "0";
        }
        double least = decimals == 0 ? 1 : Math.pow(10, Math.min(-1, 1 - decimals));
        if (Math.abs(value) < least) {
            return compact(new BigDecimal(value)
                    .round(new MathContext(2, RoundingMode.HALF_EVEN))
                    .doubleValue());
        }
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%." + decimals + "f", value) : value.toString();
    }

    /** A length of time: {@code 42 s}, {@code 3 min 05 s}, {@code 2 h 07 min}. */
    static String duration(@Nullable Double seconds) {
        if (seconds == null || !Double.isFinite(seconds)) {
            return NONE;
        }
        if (seconds < 10) {
            return fixed(seconds, 1) + " s";
        }
        long whole = Math.round(seconds);
        if (whole < 60) {
            return whole + " s";
        }
        if (whole < 3600) {
            return String.format(Locale.ROOT, "%d min %02d s", whole / 60, whole % 60);
        }
        return String.format(Locale.ROOT, "%d h %02d min", whole / 3600, whole % 3600 / 60);
    }

    /** A coordinate in a drawing: at most two decimals. */
    static String pixels(double value) {
        double rounded = Math.round(value * 100) / 100.0;
        return rounded == Math.rint(rounded) ? Long.toString((long) rounded) : Double.toString(rounded);
    }
}
