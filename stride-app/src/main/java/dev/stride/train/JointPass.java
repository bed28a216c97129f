package dev.stride.train;

import dev.stride.data.Batch;
import dev.stride.model.ChatGlmModel;
import dev.stride.model.OutputHead;
import dev.stride.model.Pass;
import dev.stride.peft.LoraGroup;
import dev.stride.peft.LoraTuning;
import dev.stride.torch.TensorScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The updates of several adapters forward and back over one base: the first micro-batch of each in one pass, then the
 * second of each, and so on. Each adapter has its own loss, scale and dropout masks on its own rows.
 *
 * @param recompute run each block again on the way back instead of keeping its graph
 */
record JointPass(ChatGlmModel model, LoraGroup group, boolean recompute) {
    /** What one adapter brings: the micro-batches of its update. */
    record Share(LoraTuning tuning, List<Passes.MicroBatch> microBatches) {}

    /**
     * Adds each adapter's gradients.
     *
     * @return each adapter's sum of losses over all its trained tokens, in their order
     */
    double[] lossSums(List<Share> shares) {
        double[] sums = new double[shares.size()];
        int most = shares.stream()
                .mapToInt(share -> share.microBatches().size())
                .max()
                .orElse(0);
        for (int index = 0; index < most; index++) {
            List<Row> rows = new ArrayList<>();
            for (int owner = 0; owner < shares.size(); owner++) {
                Share share = shares.get(owner);
                if (index < share.microBatches().size()) {
                    Passes.MicroBatch microBatch = share.microBatches().get(index);
                    if (microBatch.batch().numTrainedTokens() > 0) {
                        rows.add(new Row(owner, share.tuning(), microBatch));
                    }
                }
            }
            if (!rows.isEmpty()) {
                pass(rows, sums);
            }
        }
        return sums;
    }

    /** One adapter's rows in one pass. */
    private record Row(int owner, LoraTuning tuning, Passes.MicroBatch microBatch) {
        Batch batch() {
            return microBatch.batch();
        }
    }

    private void pass(List<Row> rows, double[] sums) {
        int[] ids = rows.stream()
                .flatMapToInt(row -> Arrays.stream(row.batch().inputIds()))
                .toArray();
        int[] segments = rows.stream()
                .flatMapToInt(row -> Arrays.stream(row.batch().segmentLengths()))
                .toArray();
        group.share(rows.stream()
                .map(row -> new LoraGroup.Share(row.tuning(), row.batch().numTokens()))
                .toList());
        rows.forEach(row -> row.tuning().dropoutSeed(row.microBatch().dropoutSeed()));
        try (TensorScope scope = new TensorScope();
                Pass pass = model.pass(ids, segments, recompute)) {
            pass.backward(gradient(pass.hidden(), rows, sums));
        } finally {
            rows.forEach(row -> row.tuning().dropoutSeed(0));
            group.share(List.of());
        }
    }

    /** Adds the losses and gives their gradient by the hidden states: [tokens, hidden]. */
    private Tensor gradient(Tensor hidden, List<Row> rows, double[] sums) {
        Tensor[] gradients = new Tensor[rows.size()]; // [an adapter's tokens, hidden]
        long first = 0;
        for (int i = 0; i < gradients.length; i++) {
            Row row = rows.get(i);
            Batch batch = row.batch();
            OutputHead.Outcome outcome = OutputHead.lossAndGradient(
                    model,
                    hidden.narrow(0, first, batch.numTokens()),
                    batch.trainedPositions(),
                    batch.targets(),
                    row.microBatch().scale());
            sums[row.owner()] += outcome.lossSum();
            gradients[i] = Objects.requireNonNull(outcome.gradient());
            first += batch.numTokens();
        }
        return gradients.length == 1 ? gradients[0] : torch.cat(new TensorVector(gradients), 0);
    }
}
