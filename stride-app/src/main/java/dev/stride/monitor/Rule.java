package dev.stride.monitor;

import org.jspecify.annotations.Nullable;

/** One kind of trouble and the numbers that show it. */
interface Rule {
    /** What the rule finds in a run of at least {@link Diagnosis#FEWEST} updates, or null. */
    @Nullable
    Finding judge(CurveShape shape);

    /** A confidence that rises from {@code low} to {@code high} while a measure goes from {@code from} to {@code to}. */
    static double grade(double measure, double from, double to, double low, double high) {
        double share = Math.max(0, Math.min(1, (measure - from) / (to - from)));
        return low + share * (high - low);
    }
}
