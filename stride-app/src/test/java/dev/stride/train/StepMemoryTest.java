package dev.stride.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.data.Batch;
import dev.stride.model.ChatGlmConfig;
import dev.stride.model.ChatGlmModel;
import dev.stride.model.TinyModel;
import dev.stride.peft.FullTuning;
import dev.stride.peft.LoraSettings;
import dev.stride.peft.LoraTuning;
import dev.stride.peft.Parameter;
import dev.stride.peft.TuningMethod;
import dev.stride.tokenizer.TokenizedExample;
import dev.stride.torch.AdamW;
import dev.stride.torch.Native;
import dev.stride.torch.Precision;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StepMemoryTest {
    private static final Map<String, Double> RATES = Map.of(TrainStep.DECAY, 1e-3, TrainStep.NO_DECAY, 1e-3);

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void run_200Steps_leavesNativeMemoryFlat(boolean full) {
        try (ChatGlmModel model = TinyModel.open();
                TuningMethod tuning = full ? new FullTuning(model) : lora(model, 0.1);
                AdamW optimizer = new AdamW(0.9, 0.999, 1e-8)) {
            TrainStep step = step(model, tuning, optimizer, false);
            List<Batch> batches = List.of(Batch.packed(rows(8, 9)), Batch.packed(rows(8, 10)));
            steps(step, batches, 100);
            System.gc();
            long before = Native.residentBytes();
            steps(step, batches, 200);
            System.gc();
            long grown = Native.residentBytes() - before;
            // one leaked activation a step would be 200 x 2 x 16 rows x 20 tokens x 64 x 4 bytes = 33 MB; Java's own
            // heap
            // and compiled code move by a few
            assertThat(grown).isLessThan(16L << 20);
        }
    }

    @Test
    void loraStep_peakMemory_doesNotGrowWithTheVocabulary() {
        // what the process lets go of and takes again meanwhile hits single rounds; growth with the vocabulary is in
        // all
        long grown = Long.MAX_VALUE;
        for (int round = 0; round < 3; round++) {
            long small = peakOfLoraStep(2_000);
            grown = Math.min(grown, peakOfLoraStep(120_000) - small);
        }
        // 1,024 trained positions x 118,000 more words x 4 bytes would be 480 MB; a chunk is at most 32 MB, three of
        // them
        // may live at once
        assertThat(grown).isLessThan(150L << 20);
    }

    @Test
    void bf16_lossAndGradientsAreCloseToFloat32_andTheFrozenBaseStaysHalf() {
        List<Batch> batches = List.of(Batch.packed(rows(6, 12)));
        double exact;
        try (ChatGlmModel model = TinyModel.open()) {
            exact = lossOf(model, batches);
        }
        try (ChatGlmModel model = TinyModel.open(Precision.BF16)) {
            // weights rounded to 8 bits of mantissa move the loss of this random model by a few thousandths
            assertThat(lossOf(model, batches)).isCloseTo(exact, org.assertj.core.data.Offset.offset(0.03));
            model.weights()
                    .forEach((name, weight) ->
                            assertThat(Tensors.type(weight)).as(name).isEqualTo(torch.ScalarType.BFloat16));
        }
    }

    private static double lossOf(ChatGlmModel model, List<Batch> batches) {
        try (LoraTuning lora = lora(model, 0);
                AdamW optimizer = new AdamW(0.9, 0.999, 1e-8)) {
            TrainStep step = step(model, lora, optimizer, false);
            TrainStep.Gradients gradients = step.gradients(batches, trained(batches), 1);
            step.update(RATES, gradients.gradientNorm());
            assertThat(gradients.gradientNorm()).isPositive();
            for (Parameter parameter : lora.parameters()) {
                assertThat(Tensors.type(parameter.tensor())).isEqualTo(torch.ScalarType.Float);
            }
            return gradients.loss();
        }
    }

    /** Resident memory that one LoRA step adds at its highest, on a model of a vocabulary. */
    private static long peakOfLoraStep(int vocabulary) {
        ChatGlmConfig config = new ChatGlmConfig(
                1, 32, 64, 2, 16, 1, vocabulary, 2048, 1e-5, 1, 0.5, ChatGlmConfig.RotaryRule.FLOAT32, true, false, 2);
        Map<String, Tensor> weights = new LinkedHashMap<>();
        Native.seed(1);
        ChatGlmModel.shapes(config)
                .forEach((name, shape) -> weights.put(
                        name, TensorScope.outlive(() -> torch.randn(shape).mul(new Scalar(0.05)))));
        int[] ids = new SplittableRandom(1).ints(1025, 0, vocabulary).toArray();
        List<Batch> batches = List.of(Batch.packed(List.of(new TokenizedExample(ids, ids.clone()))));
        try (ChatGlmModel model = new ChatGlmModel(config, weights, Precision.FP32, Native.cpu());
                LoraTuning lora = lora(model, 0);
                AdamW optimizer = new AdamW(0.9, 0.999, 1e-8)) {
            TrainStep step = step(model, lora, optimizer, false);
            long before = Native.residentBytes();
            PeakWatch watch = new PeakWatch();
            watch.start();
            steps(step, batches, 3);
            return watch.stopped() - before;
        }
    }

    /** Reads the resident memory as often as it can. */
    private static final class PeakWatch extends Thread {
        private volatile boolean running = true;
        private volatile long peak;

        PeakWatch() {
            setDaemon(true);
        }

        @Override
        public void run() {
            while (running) {
                peak = Math.max(peak, Native.residentBytes());
                Thread.onSpinWait();
            }
        }

        long stopped() {
            running = false;
            try {
                join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return Math.max(peak, Native.residentBytes());
        }
    }

    private static void steps(TrainStep step, List<Batch> batches, int count) {
        for (int i = 1; i <= count; i++) {
            TrainStep.Gradients gradients = step.gradients(batches, trained(batches), i);
            step.update(RATES, gradients.gradientNorm());
        }
    }

    private static LoraTuning lora(ChatGlmModel model, double dropout) {
        return new LoraTuning(
                model, new LoraSettings(4, 8, dropout, List.of("query_key_value", "dense_4h_to_h"), false), 1);
    }

    private static TrainStep step(ChatGlmModel model, TuningMethod tuning, AdamW optimizer, boolean recompute) {
        return new TrainStep(model, tuning, optimizer, new TrainStep.Settings(0.1, 1, recompute, 1), LossScale.none());
    }

    private static long trained(List<Batch> batches) {
        return batches.stream().mapToLong(Batch::numTrainedTokens).sum();
    }

    private static List<TokenizedExample> rows(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<TokenizedExample> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int[] ids = random.ints(random.nextInt(4, 24), 3, 320).toArray();
            int[] labels = ids.clone();
            int ignored = random.nextInt(1, ids.length - 1);
            java.util.Arrays.fill(labels, 0, ignored, TokenizedExample.IGNORE_INDEX);
            rows.add(new TokenizedExample(ids, labels));
        }
        return rows;
    }
}
