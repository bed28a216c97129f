package dev.stride.search;

import dev.stride.schedule.LrSchedule;

/**
 * The two clocks of the loss law at some steps of a schedule: how much rate there has been, S1, and how much of it has
 * been taken back, S2 (Tissue 2024, "Scaling Law with Learning Rate Annealing", arXiv 2408.11029).
 *
 * <p>S1(s) = sum over i up to s of lr(i). S2(s) = sum over i up to s of m(i), where m(i) = lambda m(i-1) + lr(i-1) -
 * lr(i): a fall of the rate works on with a memory of 1/(1 - lambda) updates. The rise of the first warm-up counts
 * neither way: m is 0 up to its end. Later rises (restarts) count as negative falls.
 *
 * <p>Both are given as shares of their values at the last step, so that the law's terms are in units of the loss. One
 * pass over the steps, in constant memory.
 */
final class RateClock {
    /** Of a fall of the rate this much is left an update later; the paper fits values from 0.99 to 0.999. */
    static final double LAMBDA = 0.99;

    private final double[] sum;
    private final double[] annealed;
    private final boolean anneals;

    /**
     * Runs over the whole schedule.
     *
     * @param steps the steps that are asked for, ascending; one behind the end counts as the end
     */
    RateClock(LrSchedule schedule, long plannedSteps, long[] steps) {
        sum = new double[steps.length];
        annealed = new double[steps.length];
        long top = Math.max(1, schedule.warmup());
        double rates = 0;
        double falls = 0;
        double momentum = 0;
        double before = 0;
        int next = 0;
        for (long s = 1; s <= plannedSteps; s++) {
            double rate = schedule.at(s);
            momentum = s <= top ? 0 : LAMBDA * momentum + before - rate;
            rates += rate;
            falls += momentum;
            before = rate;
            while (next < steps.length && (steps[next] == s || s == plannedSteps)) {
                sum[next] = rates;
                annealed[next++] = falls;
            }
        }
        // a rate that never falls, or rises more than it falls, anneals nothing
        anneals = falls > 0;
        for (int j = 0; j < steps.length; j++) {
            sum[j] /= rates;
            annealed[j] = anneals ? annealed[j] / falls : 0;
        }
    }

    /** S1 at one of the steps over S1 of the whole run, 0 to 1. */
    double sum(int place) {
        return sum[place];
    }

    /** S2 at one of the steps over S2 of the whole run; 0 where that is not above 0. */
    double annealed(int place) {
        return annealed[place];
    }

    /** Whether S2 of the whole run is above 0. */
    boolean anneals() {
        return anneals;
    }
}
