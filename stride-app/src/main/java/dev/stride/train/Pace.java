package dev.stride.train;

import dev.stride.experiment.StepEvent;

/**
 * How fast a run goes in this process, and how long it will still take: one rule for whoever shows it. A pace never
 * changes, each update gives a new one, so another thread may look at it.
 *
 * @param made updates made in this process
 * @param last the last of them; 0 before the first
 * @param startNanos when the first of them began, by the clock that the others are told by
 * @param tokensPerSecond trained tokens a second: a mean in which each update counts 0.9 times what the next one does;
 *     NaN before the first
 */
public record Pace(long made, long last, long startNanos, double tokensPerSecond) {
    /** Before the first update. */
    public static final Pace NONE = new Pace(0, 0, 0, Double.NaN);

    private static final double KEPT = 0.9;

    /** The pace after one more update, which ended at {@code nowNanos}. */
    public Pace after(StepEvent step, long nowNanos) {
        if (made == 0) {
            return new Pace(1, step.step(), nowNanos - Math.round(step.seconds() * 1e9), step.tokensPerSecond());
        }
        return new Pace(
                made + 1, step.step(), startNanos, KEPT * tokensPerSecond + (1 - KEPT) * step.tokensPerSecond());
    }

    /**
     * Seconds until so many updates are made, if the rest takes as long as what was made in this process, with all
     * evaluations and checkpoints between; NaN before the first update or where the number is not known.
     */
    public double secondsLeft(long totalSteps, long nowNanos) {
        return made == 0 || totalSteps <= 0
                ? Double.NaN
                : (nowNanos - startNanos) / 1e9 / made * Math.max(0, totalSteps - last);
    }
}
