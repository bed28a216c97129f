package dev.stride.train;

import dev.stride.data.Batch;
import java.util.List;
import java.util.function.Supplier;

/** Who takes the micro-batches of a run's update forward and back: the run itself, or a base that it shares. */
interface Passes extends AutoCloseable {
    /**
     * One micro-batch of an update.
     *
     * @param scale of the loss whose gradient is wanted
     * @param dropoutSeed decides the dropout masks of this pass; not 0
     */
    record MicroBatch(Batch batch, double scale, long dropoutSeed) {}

    /**
     * Forward and backward of all micro-batches of an update; the gradients are gathered in what trains.
     *
     * @return the sum of the losses of all trained tokens, not scaled
     */
    double lossSum(List<MicroBatch> microBatches);

    /** Does something else that runs the model, for example an evaluation, while no other run uses it. */
    <T> T alone(Supplier<T> work);

    @Override
    default void close() {
        // most own nothing
    }
}
