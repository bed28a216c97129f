package dev.stride.config;

import java.util.Locale;

/** Numbers for people: short, and never a rate shown as 0.000. */
public final class Numbers {
    private Numbers() {}

    /** Up to five significant digits; scientific below 0.01 and from 1e6 on: {@code 3e-5}, {@code 0.1}, {@code 12.5}. */
    public static String text(double value) {
        if (value == 0) {
            return "0";
        }
        double size = Math.abs(value);
        if (size < 0.01 || size >= 1e6) {
            String[] parts = String.format(Locale.ROOT, "%.4e", value).split("e");
            return trimmed(parts[0]) + "e" + Integer.parseInt(parts[1]);
        }
        int decimals = Math.max(0, 4 - (int) Math.floor(Math.log10(size)));
        return trimmed(String.format(Locale.ROOT, "%." + decimals + "f", value));
    }

    /**
     * A fixed number of decimals; two digits in scientific notation where those would show less than that of the number,
     * and 0 as {@code 0}: never {@code 0.000}.
     */
    public static String fixed(double value, int decimals) {
        if (value == 0) {
            return "0";
        }
        String format = Math.abs(value) < Math.pow(10, 1 - decimals) ? "%.1e" : "%." + decimals + "f";
        return String.format(Locale.ROOT, format, value);
    }

    /** Up to seven significant digits, for numbers near 1 whose distance to 1 matters: {@code 0.996006}. */
    public static String digits(double value) {
        return java.math.BigDecimal.valueOf(value)
                .round(new java.math.MathContext(7))
                .stripTrailingZeros()
                .toPlainString();
    }

    /** A count with separators: {@code 1,949,696}. */
    public static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** Memory in GiB, MiB or KiB, three digits. */
    public static String bytes(long value) {
        if (value >= 1L << 30) {
            return String.format(Locale.ROOT, "%.1f GiB", value / (double) (1L << 30));
        }
        if (value >= 1L << 20) {
            return String.format(Locale.ROOT, "%.0f MiB", value / (double) (1L << 20));
        }
        return String.format(Locale.ROOT, "%.1f KiB", value / 1024.0);
    }

    private static String trimmed(String number) {
        if (!number.contains(".")) {
            return number;
        }
        String cut = number.replaceAll("0+$", "");
        return cut.endsWith(".") ? cut.substring(0, cut.length() - 1) : cut;
    }
}
