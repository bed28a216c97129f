package dev.stride.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What watches a run, and what happens when it no longer gets better.
 *
 * @param guards those turned on or off by name, in the order given; the profile decides about the others
 * @param patience evaluations without getting better after which early stopping fires
 * @param metric what must get better; null: the task's own
 * @param maxRecoveries recovery experiments in one run; 0: a stop is a stop
 */
public record WatchConfig(
        List<GuardSwitch> guards, int patience, @Nullable StopMetric metric, int maxRecoveries) {
    public WatchConfig {
        guards = List.copyOf(guards);
    }

    /** Whether a guard is on: what is said by name, else what is said of all, else the profile's default. */
    public boolean isOn(Guard guard, RuleProfile profile) {
        if (!guard.isOptional()) {
            return true;
        }
        Boolean all = null;
        for (GuardSwitch given : guards) {
            if (given.guard() == guard) {
                return given.on();
            }
            if (given.guard() == null) {
                all = given.on();
            }
        }
        return all != null ? all : guard.isStandard(profile);
    }
}
