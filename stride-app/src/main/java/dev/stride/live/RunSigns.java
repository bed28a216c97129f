package dev.stride.live;

import dev.stride.experiment.SkipEvent;
import dev.stride.monitor.Curve;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What in a run's events can be a reason to worry, kept up with every event. */
final class RunSigns {
    /** Who acts for a person who asked for it. */
    static final String PERSON = "person";

    private static final int MAX_SKIPS = 10_000;

    /** A batch with which no update was made, and the number of its branch. */
    record Skipped(int branch, Curve.Skip skip) {}

    private final List<Skipped> skips = new ArrayList<>();
    private int nonFinite;
    private long lastNonFinite;
    private int alarms;
    private int cuts;
    private int recoveries;
    private @Nullable LiveEvent last;
    private @Nullable LiveEvent stop;

    void update(StepLine line) {
        if (!Double.isFinite(line.loss) || !Double.isFinite(line.gradNorm)) {
            nonFinite++;
            lastNonFinite = line.step;
        }
    }

    void skip(SkipEvent skip, int branch) {
        if (skips.size() < MAX_SKIPS) {
            skips.add(new Skipped(branch, new Curve.Skip(skip.step(), skip.reason())));
        }
        if (skip.reason().contains("NaN") || skip.reason().contains("Infinity")) {
            nonFinite++;
            lastNonFinite = skip.step();
        }
    }

    /** A recovery goes back to before the trouble. */
    void branch() {
        nonFinite = 0;
    }

    void event(LiveEvent event) {
        if (event.type().equals("branch")) {
            recoveries++;
            last = event;
        }
        if (!event.type().equals("verdict")) {
            return;
        }
        if (event.action().equals("stop")) {
            stop = event;
        }
        if (event.who().equals(PERSON)) {
            return;
        }
        switch (event.action()) {
            case "alarm" -> {
                alarms++;
                last = event;
            }
            case "reduce-lr", "recover" -> {
                cuts++;
                last = event;
            }
            default -> {}
        }
    }

    /** Batches with which no update was made, the first {@value #MAX_SKIPS}. */
    List<Skipped> skips() {
        return skips;
    }

    /** Losses and norms of the last branch that were not finite. */
    int nonFinite() {
        return nonFinite;
    }

    long lastNonFinite() {
        return lastNonFinite;
    }

    /** Alarms, rates that a monitor lowered, and recoveries, together. */
    int numLooks() {
        return alarms + cuts + recoveries;
    }

    /** The last of those. */
    @Nullable
    LiveEvent last() {
        return last;
    }

    /** The last stop by a guard or a person, where there was one. */
    @Nullable
    LiveEvent stop() {
        return stop;
    }
}
