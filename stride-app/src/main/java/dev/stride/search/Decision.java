package dev.stride.search;

import java.util.Locale;

/**
 * What a rule says of one trial after an evaluation.
 *
 * @param prune whether the trial should be stopped
 * @param reason a sentence with the numbers behind it
 * @param predicted the value that is expected at the trial's last step, in units of the metric; not a number where the
 *     rule predicts nothing
 * @param low lower end of the 90 % interval of that value; likewise
 * @param high its upper end; likewise
 */
public record Decision(boolean prune, String reason, double predicted, double low, double high) {
    static Decision keep(String reason) {
        return new Decision(false, reason, Double.NaN, Double.NaN, Double.NaN);
    }

    static Decision prune(String reason) {
        return new Decision(true, reason, Double.NaN, Double.NaN, Double.NaN);
    }

    static Decision diverged(TrialCurve trial) {
        return prune("Its validation at step " + trial.lastStep() + " is " + number(trial.lastValue())
                + ", which is not finite: the trial has diverged.");
    }

    /** A value of a metric for a sentence, with four digits. */
    static String number(double value) {
        return String.format(Locale.ROOT, "%.4g", value);
    }

    /** A share in percent for a sentence, to a tenth. */
    static String percent(double share) {
        double tenths = Math.rint(1000 * share) / 10;
        return (tenths == Math.rint(tenths) ? String.valueOf((long) tenths) : String.valueOf(tenths)) + " %";
    }
}
