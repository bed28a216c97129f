package dev.stride.train;

import dev.stride.data.Batch;
import dev.stride.model.ChatGlmModel;
import dev.stride.model.OutputHead;
import dev.stride.model.Pass;
import dev.stride.peft.TuningMethod;
import dev.stride.torch.TensorScope;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;

/**
 * The passes of a run that has its model to itself, one micro-batch after the other in the run's own thread.
 *
 * @param recompute run each block again on the way back instead of keeping its graph
 */
record SoloPasses(ChatGlmModel model, TuningMethod tuning, boolean recompute) implements Passes {
    @Override
    public double lossSum(List<MicroBatch> microBatches) {
        double sum = 0;
        for (MicroBatch microBatch : microBatches) {
            sum += lossSum(microBatch, () -> {});
        }
        return sum;
    }

    @Override
    public <T> T alone(Supplier<T> work) {
        return work.get();
    }

    /**
     * The same for one micro-batch.
     *
     * @param headDone is called once the output layer has its gradient, before that of anything below it is begun
     */
    double lossSum(MicroBatch microBatch, Runnable headDone) {
        Batch batch = microBatch.batch();
        if (batch.numTrainedTokens() == 0) {
            return 0;
        }
        tuning.dropoutSeed(microBatch.dropoutSeed());
        try (TensorScope scope = new TensorScope();
                Pass pass = model.pass(batch.inputIds(), batch.segmentLengths(), recompute)) {
            OutputHead.Outcome outcome = OutputHead.lossAndGradient(
                    model, pass.hidden(), batch.trainedPositions(), batch.targets(), microBatch.scale());
            Tensor gradient = Objects.requireNonNull(outcome.gradient()); // [tokens, hidden]
            headDone.run();
            pass.backward(gradient);
            return outcome.lossSum();
        } finally {
            tuning.dropoutSeed(0);
        }
    }
}
