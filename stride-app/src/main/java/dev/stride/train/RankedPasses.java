package dev.stride.train;

import dev.stride.distributed.Ranks;
import dev.stride.model.ChatGlmModel;
import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The passes of one rank of several: it takes its share of an update forward and back, and then has the gradients and the
 * loss of the whole update, as all ranks have, to the bit. Every micro-batch is scaled by the update's own count of trained
 * tokens already, so that sums are all that is needed, and no split changes what they mean.
 *
 * @param own this rank's passes
 * @param trained what gathers gradients, in the same order on all ranks
 */
record RankedPasses(Passes own, Ranks ranks, List<Tensor> trained) implements Passes {
    private static final long FINGERPRINT = 4096;

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

    /** A number that tells other weights apart; a sample of each tensor, since a base has billions of them. */
    static double fingerprint(ChatGlmModel model) {
        double sum = 0;
        int place = 1;
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            for (Tensor weight : model.weights().values()) {
                Tensor flat = weight.reshape(-1); // [numbers]
                long some = Math.min(FINGERPRINT, flat.numel());
                sum += place++
                        * flat.narrow(0, flat.numel() - some, some)
                                .to(torch.ScalarType.Double)
                                .sum()
                                .item_double();
            }
        }
        return sum;
    }
}
