package dev.stride.sweep;

import dev.stride.experiment.RunEvent;
import dev.stride.experiment.StepEvent;
import dev.stride.train.TrainCallback;
import java.util.function.BooleanSupplier;

/** Lets a run go on until it has so many updates, and tells somebody else of its events; the run ends there, saved. */
final class Hold implements TrainCallback, BooleanSupplier {
    private final TrainCallback then;
    private final long until;
    private final BooleanSupplier interrupted;
    private long made;

    /**
     * A hold of one run.
     *
     * @param made updates that it begins with
     * @param interrupted ends it at once
     */
    Hold(TrainCallback then, long made, long until, BooleanSupplier interrupted) {
        this.then = then;
        this.made = made;
        this.until = until;
        this.interrupted = interrupted;
    }

    @Override
    public void event(RunEvent event) {
        if (event instanceof StepEvent) {
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
        return made >= until || interrupted.getAsBoolean();
    }
}
