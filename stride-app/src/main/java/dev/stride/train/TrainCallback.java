package dev.stride.train;

import dev.stride.experiment.RunEvent;

/** Is told what happens in a run while it happens, on the training thread; it watches and never acts. */
public interface TrainCallback {
    /** Watches nothing. */
    TrainCallback NONE = new TrainCallback() {};

    /** An event was written. */
    default void event(RunEvent event) {}

    /** Something long besides updates goes on, for example an evaluation: {@code done} of {@code total}. */
    default void progress(String what, long done, long total) {}
}
