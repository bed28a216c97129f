package dev.stride.train;

import dev.stride.recipe.RateGroup;
import dev.stride.schedule.LrSchedule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The only writer of the learning rate: what it returns for a step is what the optimizer uses and what is logged, the
 * same doubles. A rate is what the schedule says, times the factors of its group, times that of recoveries.
 */
public final class LrController {
    private final LrSchedule schedule;
    private final List<RateGroup> groups;
    private double recovery = 1;

    /** A controller of groups that follow one schedule. */
    public LrController(LrSchedule schedule, List<RateGroup> groups) {
        this.schedule = schedule;
        this.groups = List.copyOf(groups);
    }

    /** The rate of every group for update {@code step}, counted from 1, in a fixed order. */
    public Map<String, Double> rates(long step) {
        double scheduled = schedule.at(step);
        Map<String, Double> rates = new LinkedHashMap<>();
        for (RateGroup group : groups) {
            rates.put(group.name(), group.rate(scheduled, recovery));
        }
        return rates;
    }

    /**
     * Multiplies every rate from now on, in place of the factor before: the product of all cuts and of a recovery's factor.
     *
     * @param factor above 0; 1 undoes all recoveries
     */
    public void recovery(double factor) {
        if (!(factor > 0) || Double.isInfinite(factor)) {
            throw new IllegalArgumentException("recovery factor " + factor);
        }
        recovery = factor;
    }

    /** What recoveries multiply every rate by; 1 before the first. */
    public double recovery() {
        return recovery;
    }
}
