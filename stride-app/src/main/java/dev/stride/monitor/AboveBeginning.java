package dev.stride.monitor;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether the loss is far above where the run began: the mean of the last five losses against that of the first two.
 *
 * <p>The first losses are those of the model as it was given, before its updates can have done much, so a tuning that works
 * is never far above them. Far is more than 45 %, and more than two standard errors of the difference, whose noise is the
 * root mean square of the steps between neighbours, divided by the root of two; a mean that has doubled needs no such proof.
 * A rate that climbs through a warm-up takes
 * the loss up slowly; what it has been since says nothing then, and this comparison does.
 */
final class AboveBeginning {
    private static final int FIRST = 2;
    private static final int LAST = 5;
    private static final double SHARE = 0.45;
    private static final double ERRORS = 2;
    private static final double DOUBLED = 1;

    private double[] first = {};
    private double[] last = {};

    /** The two means, where the loss is far above. */
    record Risen(double began, double now) {}

    /** Takes a finite loss in; null where it is not far above, and in the first updates. */
    @Nullable
    Risen see(double loss) {
        if (first.length < FIRST) {
            first = with(first, loss);
            return null;
        }
        last = with(last.length < LAST ? last : Arrays.copyOfRange(last, 1, LAST), loss);
        double began = Arrays.stream(first).average().orElseThrow();
        double now = Arrays.stream(last).average().orElseThrow();
        double proof = Math.min(ERRORS * standardError(), DOUBLED * began);
        boolean isFar = last.length == LAST && now - began > Math.max(SHARE * began, proof);
        return isFar ? new Risen(began, now) : null;
    }

    private double standardError() {
        double squares = 0;
        for (int i = 1; i < last.length; i++) {
            squares += Math.pow(last[i] - last[i - 1], 2);
        }
        double deviation = Math.sqrt(squares / (2 * (last.length - 1)));
        return deviation * Math.sqrt(1.0 / FIRST + 1.0 / LAST);
    }

    double[] first() {
        return first.clone();
    }

    double[] last() {
        return last.clone();
    }

    void restore(double[] firstLosses, double[] lastLosses) {
        first = firstLosses.clone();
        last = lastLosses.clone();
    }

    private static double[] with(double[] values, double one) {
        double[] more = Arrays.copyOf(values, values.length + 1);
        more[values.length] = one;
        return more;
    }
}
