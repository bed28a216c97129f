package dev.stride.train;

import dev.stride.distributed.GradientSums;
import dev.stride.distributed.Ranks;
import dev.stride.model.ChatGlmModel;
import dev.stride.peft.Parameter;
import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The passes of one rank of several: it takes its share of an update forward and back, and then has the gradients and the
 * loss of the whole update, as all ranks have, to the bit. Every micro-batch is scaled by the update's own count of trained
 * tokens already, so that sums are all that is needed, and no split changes what they mean.
 */
final class RankedPasses implements Passes {
    private static final long FINGERPRINT = 4096;
    /** A float64 holds whole numbers of 53 bits. */
    private static final int SPARE_BITS = 11;

    private final SoloPasses own;
    private final Ranks ranks;
    private final GradientSums sums;

    private RankedPasses(SoloPasses own, Ranks ranks) {
        this.own = own;
        this.ranks = ranks;
        this.sums = ranks.gradientSums(
                own.tuning().parameters().stream().map(Parameter::tensor).toList());
    }

    /** The passes of a run that has its model to itself; several ranks make them in the same order. */
    static Passes of(SoloPasses own, Ranks ranks) {
        return ranks.env().isAlone() ? own : new RankedPasses(own, ranks);
    }

    @Override
    public double lossSum(List<MicroBatch> microBatches) {
        List<MicroBatch> scaled = new ArrayList<>();
        for (MicroBatch one : microBatches) {
            if (one.batch().numTrainedTokens() > 0) {
                scaled.add(new MicroBatch(one.batch(), one.scale() * sums.factor(), one.dropoutSeed()));
            }
        }
        int last = scaled.size() - 1;
        sums.start();
        double sum = last > 0 ? own.lossSum(scaled.subList(0, last)) : 0;
        try {
            if (scaled.isEmpty()) {
                sums.noPass();
            } else {
                sums.lastPass();
                sum += own.lossSum(scaled.get(last), this::headDone);
            }
            sums.finish();
        } catch (RuntimeException e) {
            throw sums.explained(e);
        }
        return ranks.sum(sum)[0];
    }

    /** The output layer's gradient is written by hand; where the embedding is the same weight, autograd adds to it later. */
    private void headDone() {
        if (!own.model().config().tiedOutput()) {
            sums.complete(own.model().outputWeight());
        }
    }

    @Override
    public void close() {
        sums.close();
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
