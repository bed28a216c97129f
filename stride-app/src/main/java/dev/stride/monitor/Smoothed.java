package dev.stride.monitor;

/**
 * The exponentially weighted mean and variance of a series: {@code m += w (x - m)} and {@code v = (1 - w)(v + w (x -
 * m)^2)} with {@code w = max(1 - keep, 1/n)}, so that the first {@code 1/(1 - keep)} values have the plain mean and
 * variance and the start needs no correction.
 */
final class Smoothed {
    private final double keep;
    private long count;
    private double mean;
    private double variance;

    /** An empty series; {@code keep}, 0.97 or so, is what each further value leaves of the weights before it. */
    Smoothed(double keep) {
        this.keep = keep;
    }

    void add(double value) {
        count++;
        double weight = Math.max(1 - keep, 1.0 / count);
        double away = value - mean;
        mean += weight * away;
        variance = (1 - weight) * (variance + weight * away * away);
    }

    /** The same with a value held down to so many standard deviations above the mean, so that a rise is learnt slowly. */
    void addHeld(double value, double deviations) {
        add(Math.min(value, mean + deviations * deviation()));
    }

    /** How many values there were. */
    long count() {
        return count;
    }

    double mean() {
        return mean;
    }

    /** The standard deviation of a value, corrected for the few values of a beginning; 0 with fewer than two. */
    double deviation() {
        return count < 2 ? 0 : Math.sqrt(variance * count / (count - 1));
    }

    double[] state() {
        return new double[] {count, mean, variance};
    }

    void restore(double[] state) {
        count = (long) state[0];
        mean = state[1];
        variance = state[2];
    }
}
