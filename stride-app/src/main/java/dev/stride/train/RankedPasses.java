package dev.stride.train;

import dev.stride.distributed.Ranks;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;

/**
 * The passes of one rank of several: it takes its share of an update forward and back, and then has the gradients and the
 * loss of the whole update, as all ranks have, to the bit. Every micro-batch is scaled by the update's own count of trained
 * tokens already, so that sums are all that is needed, and no split changes what they mean.
 *
 * @param own this rank's passes
 * @param trained what gathers gradients, in the same order on all ranks
 */
record RankedPasses(Passes own, Ranks ranks, List<Tensor> trained) implements Passes {
    @Override
    public double lossSum(List<MicroBatch> microBatches) {
        double sum = own.lossSum(microBatches);
        ranks.sumGradients(trained);
        return ranks.sum(sum)[0];
    }

    @Override
    public <T> T alone(Supplier<T> work) {
        return own.alone(work);
    }
}
