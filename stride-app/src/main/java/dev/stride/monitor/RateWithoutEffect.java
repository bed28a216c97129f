package dev.stride.monitor;

import dev.stride.config.Guard;
import dev.stride.config.Numbers;

/**
 * Judges whether the rate has an effect: the same steps at two rates must give losses that differ by more than 1e-5 of
 * them. The first losses are those of untouched weights and are not compared. Kernels that do not add in a fixed order
 * differ by about 1e-7.
 */
public final class RateWithoutEffect {
    /** The name under which its verdicts are logged. */
    public static final String NAME = Guard.RATE_WITHOUT_EFFECT.word();

    private static final double LEAST = 1e-5;

    private RateWithoutEffect() {}

    /**
     * An alarm if two rates give the same losses, or losses that cannot be compared.
     *
     * @param lr one rate
     * @param losses its losses, in the order of the steps
     * @param otherLr another rate
     * @param otherLosses those of the same steps
     * @throws IllegalArgumentException if the rates are equal, or there are not as many losses of both, at least two
     */
    public static Verdict judge(double lr, double[] losses, double otherLr, double[] otherLosses) {
        if (lr == otherLr || losses.length != otherLosses.length || losses.length < 2) {
            throw new IllegalArgumentException("two rates and as many losses of each, at least two; there are "
                    + losses.length + " at " + lr + " and " + otherLosses.length + " at " + otherLr);
        }
        double largest = 0;
        for (int i = 1; i < losses.length; i++) {
            if (!Double.isFinite(losses[i]) || !Double.isFinite(otherLosses[i])) {
                // one rate broke the model where the other did not: that is an effect
                return Double.isFinite(losses[i]) != Double.isFinite(otherLosses[i])
                        ? new Verdict.Proceed()
                        : new Verdict.Alarm("the losses at the rates " + Numbers.text(lr) + " and "
                                + Numbers.text(otherLr) + " are " + losses[i] + " and " + otherLosses[i] + " at step "
                                + (i + 1) + ", so that nothing can be said about the rate");
            }
            double size = Math.max(Math.abs(losses[i]), Math.abs(otherLosses[i]));
            double difference = Math.abs(losses[i] - otherLosses[i]);
            largest = Math.max(largest, size == 0 ? 0 : difference / size);
        }
        return largest > LEAST
                ? new Verdict.Proceed()
                : new Verdict.Alarm("the rates " + Numbers.text(lr) + " and " + Numbers.text(otherLr)
                        + " give the same losses for " + losses.length + " steps, different by "
                        + Numbers.text(largest) + " of them at most, so the rate does not reach the weights");
    }
}
