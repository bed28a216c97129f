package dev.stride.peft;

import java.util.List;

/** Which parameters of a model train. */
public sealed interface TuningMethod extends AutoCloseable permits FullTuning, LoraTuning {
    /** What trains, in a fixed order. */
    List<Parameter> parameters();

    /**
     * Decides the dropout masks of the passes from here on. Equal seeds give equal masks, on the way back too.
     *
     * @param passSeed 0 where nothing drops, as in an evaluation
     */
    void dropoutSeed(long passSeed);

    @Override
    void close();
}
