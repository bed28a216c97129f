package dev.stride.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.Child;
import dev.stride.data.Batch;
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
import dev.stride.torch.Tensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
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

    /** In a process of its own: other tests of the suite would move its memory meanwhile. */
    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "the peak of resident memory is read from /proc")
    void loraStep_peakMemory_doesNotGrowWithTheVocabulary(@TempDir Path folder) throws InterruptedException {
        Path log = folder.resolve("probe");
        Process child = Child.start(
                log, List.of("-Xms96m", "-Xmx96m", "-XX:+AlwaysPreTouch"), StepMemoryProbe.class, List.of());
        Child.Ended ended = Child.await(child, log);
        assertThat(ended.status()).as(ended.err()).isZero();
        Map<String, Long> bytes = ended.out()
                .lines()
                .collect(Collectors.toMap(line -> line.split(" ")[0], line -> Long.parseLong(line.split(" ")[1])));
        assertThat(bytes).containsOnlyKeys("small", "large");
        // 1,024 trained positions x 118,000 more words x 4 bytes would be 480 MB; a chunk is at most 32 MB, three of
        // them may live at once
        assertThat(Objects.requireNonNull(bytes.get("large")) - Objects.requireNonNull(bytes.get("small")))
                .as("%s", bytes)
                .isLessThan(150L << 20);
        assertThat(bytes.get("large")).as("%s", bytes).isGreaterThan(1L << 20);
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

    static void steps(TrainStep step, List<Batch> batches, int count) {
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
