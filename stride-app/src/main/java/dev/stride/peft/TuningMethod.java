package dev.stride.peft;

import java.util.List;

/** Which parameters of a model train. */
public sealed interface TuningMethod extends AutoCloseable permits FullTuning, LoraTuning {
    /** What trains, in a fixed order. */
    List<Parameter> parameters();

    /** Whether a pass draws random numbers, so that it needs a seed of its own. */
    boolean usesDropout();

    /** Turns dropout on for training or off for evaluation. */
    void training(boolean on);

    @Override
    void close();
}
