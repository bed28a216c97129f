package dev.stride.train;

import dev.stride.schedule.LrSchedule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The only writer of the learning rate: what it returns for a step is what the optimizer uses and what is logged, the
 * same doubles.
 */
public final class LrController {
    private final LrSchedule schedule;
    private final List<String> groups;
    private double recovery = 1;

    /** A controller of groups that follow one schedule. */
    public LrController(LrSchedule schedule, List<String> groups) {
        this.schedule = schedule;
        this.groups = List.copyOf(groups);
    }

    /** From now on every rate is multiplied by this: the product of all cuts and of a recovery's factor. */
    public void recovery(double factor) {
        recovery = factor;
    }

    /** The rate of every group for update {@code step}, counted from 1, in a fixed order. */
    public Map<String, Double> rates(long step) {
        double rate = schedule.at(step) * recovery;
        Map<String, Double> rates = new LinkedHashMap<>();
        for (String group : groups) {
            rates.put(group, rate);
        }
        return rates;
    }
}
