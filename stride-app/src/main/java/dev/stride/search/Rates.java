package dev.stride.search;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/** Learning rates as people write them. */
public final class Rates {
    /** Significant digits of a rate that is made and not given. */
    private static final int DIGITS = 3;

    private Rates() {}

    /**
     * The one name of a rate: {@code 3e-4}, {@code 1.25e-4}, {@code 1e0}. It has as many digits as the rate needs, so two
     * rates have two names, and {@link Double#parseDouble} of a name is the rate.
     */
    public static String name(double lr) {
        if (!Double.isFinite(lr)) {
            throw new IllegalArgumentException("no rate: " + lr);
        }
        BigDecimal number = BigDecimal.valueOf(lr).stripTrailingZeros();
        String digits = number.unscaledValue().abs().toString();
        int exponent = digits.length() - 1 - number.scale();
        return (number.signum() < 0 ? "-" : "")
                + digits.charAt(0)
                + (digits.length() > 1 ? "." + digits.substring(1) : "")
                + "e"
                + (number.signum() == 0 ? 0 : exponent);
    }

    /** The name of {@link #round}: for sentences, not for telling rates apart. */
    public static String shortName(double lr) {
        return name(round(lr));
    }

    /** The nearest rate of three significant digits. */
    public static double round(double lr) {
        return new BigDecimal(lr)
                .round(new MathContext(DIGITS, RoundingMode.HALF_EVEN))
                .doubleValue();
    }
}
