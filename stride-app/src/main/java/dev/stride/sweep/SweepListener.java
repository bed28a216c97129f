package dev.stride.sweep;

import dev.stride.train.TrainCallback;

/** Is told what happens in a sweep while it happens. */
public interface SweepListener {
    /** Who is told of one trial's updates. */
    TrainCallback trial(String name, long totalSteps);

    /** Something that people should know, in a sentence. */
    void say(String sentence);
}
