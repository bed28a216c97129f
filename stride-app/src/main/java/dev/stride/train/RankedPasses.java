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
    /** A float64 holds whole numbers of 53 bits. */
    private static final int SPARE_BITS = 11;

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

    /** Refuses, on every rank, what the ranks' settings do not show: folders of the same name may hold other things. */
    static void requireAlike(Preparation preparation, ChatGlmModel model, Ranks ranks) {
        ranks.requireSame("the training rows", fingerprint(preparation.train()));
        TrainingData.Rows validation = preparation.validation();
        ranks.requireSame("the validation rows", validation == null ? 0 : fingerprint(validation));
        ranks.requireSame(
                "the number formats of products (--precision names one)",
                preparation.precision().ordinal());
        ranks.requireSame("the weights", fingerprint(model));
    }

    private static double fingerprint(TrainingData.Rows rows) {
        long hash = rows.tokens().size();
        for (int i = 0; i < rows.tokens().size(); i++) {
            hash = 1_000_003 * hash + rows.tokens().get(i).hashCode();
        }
        return hash >>> SPARE_BITS;
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
