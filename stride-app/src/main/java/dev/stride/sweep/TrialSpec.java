package dev.stride.sweep;

import dev.stride.search.SweepTrial;
import dev.stride.train.Preparation;

/**
 * A run of a sweep before it is trained.
 *
 * @param name also that of its folder, for example {@code lr-3e-4-s2}
 * @param lr its peak rate
 * @param value what the sweep varies, as people write it
 * @param seed its seed
 * @param origin who asked for it
 * @param preparation its configuration, rows and plan
 */
record TrialSpec(String name, double lr, String value, long seed, SweepTrial.Origin origin, Preparation preparation) {
    long plannedSteps() {
        return preparation.plan().updates().value();
    }
}
