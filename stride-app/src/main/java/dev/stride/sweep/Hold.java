package dev.stride.sweep;

import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.StepEvent;
import dev.stride.train.TrainCallback;
import java.util.function.BooleanSupplier;

/** Lets a run go on for a while, and tells somebody else of its events; the run ends there, saved. */
final class Hold implements TrainCallback, BooleanSupplier {
    private final TrainCallback then;
    private final Until until;
    private final BooleanSupplier interrupted;
    private long made;

    /**
     * Where a run is held.
     *
     * @param step updates that it then has at least
     * @param evaluated whether it is held behind an evaluation that it makes there; else as soon as it has the updates
     */
    record Until(long step, boolean evaluated) {
        static final Until END = new Until(Long.MAX_VALUE, false);

        static Until updates(long step) {
            return new Until(step, false);
        }

        static Until evaluation(long step) {
            return new Until(step, true);
        }
    }

    /**
     * A hold of one run.
     *
     * @param made updates that it begins with, or up to which it has been evaluated
     * @param interrupted ends it at once
     */
    Hold(TrainCallback then, long made, Until until, BooleanSupplier interrupted) {
        this.then = then;
        this.made = made;
        this.until = until;
        this.interrupted = interrupted;
    }

    @Override
    public void event(RunEvent event) {
        if (until.evaluated() ? event instanceof EvalEvent : event instanceof StepEvent) {
            made = event.step();
        }
        then.event(event);
    }

    @Override
    public void progress(String what, long done, long total) {
        then.progress(what, done, total);
    }

    @Override
    public boolean getAsBoolean() {
        return made >= until.step() || interrupted.getAsBoolean();
    }
}
