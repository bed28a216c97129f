package dev.stride.config;

/**
 * A part of a sweep's combined score.
 *
 * @param metric of an evaluation, or {@link #PEOPLE}
 * @param weight above 0; only ratios matter
 */
public record MetricWeight(String metric, double weight) {
    /** What people said of the trials' answers. */
    public static final String PEOPLE = "people";

    @Override
    public String toString() {
        return metric + "=" + Numbers.text(weight);
    }
}
