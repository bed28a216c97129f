package dev.stride.monitor;

import java.util.List;

/** Tells from the scores of the same rows, at two times, whether the later ones are better; a paired bootstrap can. */
@FunctionalInterface
public interface GainTest {
    /**
     * The gain of the later scores over the earlier ones.
     *
     * @param before a score for each row; higher is better
     * @param now those of the same rows
     */
    Gain gain(List<Double> before, List<Double> now);

    /**
     * A gain with its uncertainty.
     *
     * @param mean later minus earlier, over the rows
     * @param noGain how likely it is that there is none, 0 to 1
     */
    record Gain(double mean, double noGain) {}
}
