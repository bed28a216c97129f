package dev.stride.search;

import java.util.Comparator;

/**
 * A part of their updates at which trials that do not fit into one pass wait for each other: none goes on behind it before
 * all are there and were judged by the same evaluations. Then they go on one after the other, the best first, so that each
 * is compared with what a good one came to. Measured in bench/README.md, "Pruning".
 *
 * @param share of a trial's planned updates, above 0 and below 1
 */
public record Rung(double share) {
    /** The first one of successive halving. */
    static final Rung FIRST = new Rung(1.0 / 8);

    public Rung {
        if (!(share > 0 && share < 1)) {
            throw new IllegalArgumentException("a rung at " + share + " of the updates");
        }
    }

    /** The earliest update at whose evaluation a trial of so many updates waits. */
    public long step(long plannedSteps) {
        return (long) Math.ceil(share * plannedSteps);
    }

    /** Whether a trial has been evaluated there. */
    public boolean isReached(TrialCurve trial) {
        return place(trial) >= 0;
    }

    /** A trial as it was there; as it is where it has not come so far. */
    public TrialCurve at(TrialCurve trial) {
        int place = place(trial);
        return place < 0
                ? trial
                : new TrialCurve(
                        trial.name(),
                        trial.schedule(),
                        trial.higherIsBetter(),
                        trial.plannedSteps(),
                        trial.evaluations().subList(0, place + 1));
    }

    /** Whoever was better there comes first. */
    public Comparator<TrialCurve> bestFirst() {
        return (a, b) -> {
            double one = at(a).lastValue();
            double other = at(b).lastValue();
            return a.better(one, other) == a.better(other, one) ? 0 : a.better(one, other) ? -1 : 1;
        };
    }

    private int place(TrialCurve trial) {
        return trial.firstFrom(step(trial.plannedSteps()));
    }
}
