package dev.stride.model;

import static dev.stride.GoldenTensors.relativeDifference;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.GoldenTensors;
import dev.stride.data.Batch;
import dev.stride.peft.FullTuning;
import dev.stride.peft.LoraSettings;
import dev.stride.peft.LoraTuning;
import dev.stride.peft.Parameter;
import dev.stride.tokenizer.TokenizedExample;
import dev.stride.torch.AdamW;
import dev.stride.torch.Native;
import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Parity with the reference on a small random model: tiny_expected.safetensors a to e, g and h (the reference, torch
 * 1.13, CPU, float32). The tolerance of 1e-5 is for float32 sums taken in another order.
 */
class TinyParityTest {
    private static final double TOLERANCE = 1e-5;
    private static final int VOCABULARY = 320;

    private final GoldenTensors golden = GoldenTensors.read("tiny_expected.safetensors");

    @Test
    void plainForward_logitsAndHiddenStates() {
        try (ChatGlmModel model = TinyModel.open();
                TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            Tensor logits = model.logits(golden.ints("a.input_ids"), new int[] {12, 12});
            assertThat(relativeDifference(Tensors.floats(logits), golden.floats("a.logits")))
                    .isLessThan(TOLERANCE);
            Tensor embedded = model.embed(golden.ints("a.input_ids"));
            assertThat(relativeDifference(Tensors.floats(embedded), golden.floats("a.hidden0")))
                    .isLessThan(TOLERANCE);
            Attention attention = new PackedAttention(new int[] {12, 12});
            Tensor first =
                    model.layers().get(0).forward(embedded, model.rotary().at(attention.positions()), attention);
            assertThat(relativeDifference(Tensors.floats(first), golden.floats("a.hidden1")))
                    .isLessThan(TOLERANCE);
            Tensor last = model.hidden(golden.ints("a.input_ids"), attention);
            assertThat(relativeDifference(Tensors.floats(last), golden.floats("a.final")))
                    .isLessThan(TOLERANCE);
        }
    }

    @Test
    void plainForward_loss() {
        try (ChatGlmModel model = TinyModel.open();
                TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            Batch batch = batch("a");
            Tensor hidden = model.hidden(batch.inputIds(), new PackedAttention(batch.segmentLengths()));
            double loss = sum(OutputHead.losses(model, hidden, batch.trainedPositions(), batch.targets()));
            assertThat(loss / batch.numTrainedTokens()).isCloseTo(golden.floats("a.loss")[0], within(TOLERANCE));
        }
    }

    @Test
    void leftPaddedRow_realTokensEqualGoldenAndUnpadded() {
        try (ChatGlmModel model = TinyModel.open();
                TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            int[] ids = golden.ints("b.input_ids");
            int[] mask = golden.ints("b.attention_mask");
            int[] padding = {zeros(mask, 0), zeros(mask, 12)};
            assertThat(padding).as("the golden batch has a padded row").isEqualTo(new int[] {0, 4});
            try (KvCache cache = new KvCache(model.config(), 2, 12, Native.cpu())) {
                CachedAttention attention = new CachedAttention(cache, 12, padding, Native.cpu());
                assertThat(attention.positions()).isEqualTo(golden.ints("b.position_ids"));
                float[] logits = Tensors.floats(model.logits(model.hidden(ids, attention)));
                assertThat(relativeDifference(logits, golden.floats("b.logits")))
                        .isLessThan(TOLERANCE);
                float[] real = Arrays.copyOfRange(logits, (12 + 4) * VOCABULARY, 24 * VOCABULARY);
                assertThat(relativeDifference(real, golden.floats("b.row1_unpadded_logits")))
                        .isLessThan(TOLERANCE);
                float[] alone = Tensors.floats(model.logits(Arrays.copyOfRange(ids, 16, 24), new int[] {8}));
                assertThat(relativeDifference(real, alone)).isLessThan(TOLERANCE);
            }
        }
    }

    @Test
    void paddedBatch_lossEqualsGolden() {
        try (ChatGlmModel model = TinyModel.open();
                TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            Batch batch = Batch.packed(
                    List.of(example("b", 0, 0), example("b", 1, zeros(golden.ints("b.attention_mask"), 12))));
            Tensor hidden = model.hidden(batch.inputIds(), new PackedAttention(batch.segmentLengths()));
            double loss = sum(OutputHead.losses(model, hidden, batch.trainedPositions(), batch.targets()));
            assertThat(loss / batch.numTrainedTokens()).isCloseTo(golden.floats("b.loss")[0], within(TOLERANCE));
        }
    }

    @Test
    void cachedDecoding_stepLogitsAndGreedyIds() {
        try (ChatGlmModel model = TinyModel.open();
                TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            int[] greedy = golden.ints("c.greedy_ids");
            float[] steps = golden.floats("c.step_logits");
            int numSteps = steps.length / VOCABULARY;
            int promptLength = (int) golden.shape("c.cache_k_layer0")[0];
            int[] prompt = Arrays.copyOf(golden.ints("a.input_ids"), promptLength);
            List<int[]> generated = new Generator(model)
                    .generate(List.of(prompt), Sampling.greedy(greedy.length - promptLength, Set.of()));
            int[] whole = Arrays.copyOf(prompt, greedy.length);
            System.arraycopy(generated.get(0), 0, whole, promptLength, generated.get(0).length);
            assertThat(whole).isEqualTo(greedy);
            assertThat(numSteps).isEqualTo(7);
            try (KvCache cache = new KvCache(model.config(), 1, 16, Native.cpu())) {
                Generator generator = new Generator(model);
                float[] all = new float[steps.length];
                int[] ids = Arrays.copyOf(golden.ints("a.input_ids"), 12);
                Tensor first = model.logits(generator.forward(prompt, new int[1], cache));
                System.arraycopy(Tensors.floats(first.narrow(0, promptLength - 1, 1)), 0, all, 0, VOCABULARY);
                for (int i = 1; i < numSteps; i++) {
                    Tensor next =
                            model.logits(generator.forward(new int[] {ids[promptLength - 1 + i]}, new int[1], cache));
                    System.arraycopy(Tensors.floats(next), 0, all, i * VOCABULARY, VOCABULARY);
                }
                assertThat(relativeDifference(all, steps)).isLessThan(TOLERANCE);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void gradientsOfEveryWeight_andFiveOptimizerSteps(boolean recompute) {
        try (ChatGlmModel model = TinyModel.open();
                FullTuning tuning = new FullTuning(model);
                AdamW optimizer = new AdamW(0.9, 0.999, 1e-8)) {
            List<AdamW.Slot> slots = new ArrayList<>();
            tuning.parameters().forEach(p -> slots.add(optimizer.add(p.name(), p.tensor())));
            float[] losses = golden.floats("d.losses");
            float[] norms = golden.floats("d.grad_norms_before_clip");
            float[] rates = golden.floats("d.lrs");
            assertThat(losses).hasSize(5);
            Batch batch = realTokens();
            for (int step = 0; step < losses.length; step++) {
                double loss = backward(model, batch, recompute);
                assertThat(loss).as("loss of step %d", step).isCloseTo(losses[step], within(TOLERANCE));
                if (step == 0) {
                    checkGradients(tuning.parameters());
                }
                double norm = optimizer.gradientNorm();
                assertThat(norm).as("norm of step %d", step).isCloseTo(norms[step], within(TOLERANCE));
                optimizer.step(slots, rates[step], 0, Math.min(1, 1 / (norm + 1e-6)));
                optimizer.clearGradients();
            }
            Tensor qkv = model.weights().get("transformer.encoder.layers.0.self_attention.query_key_value.weight");
            assertThat(relativeDifference(
                            Tensors.floats(java.util.Objects.requireNonNull(qkv)), golden.floats("d.final_qkv0")))
                    .isLessThan(TOLERANCE);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void lora_lossLogitsGradientsAndMergedWeights(boolean recompute) {
        try (ChatGlmModel model = TinyModel.open();
                LoraTuning lora =
                        new LoraTuning(model, new LoraSettings(4, 16, 0, List.of("query_key_value"), false), 1)) {
            Map<String, String> names = new HashMap<>();
            try (TensorScope scope = new TensorScope();
                    NoGrad off = new NoGrad()) {
                for (int i = 0; i < 3; i++) {
                    String linear = "transformer.encoder.layers." + i + ".self_attention.query_key_value";
                    names.put("A." + i, linear + ".lora_A.weight");
                    names.put("B." + i, linear + ".lora_B.weight");
                }
                names.forEach((key, name) -> java.util.Objects.requireNonNull(
                                lora.tensors().get(name))
                        .copy_(Tensors.of(golden.floats("g." + key), golden.shape("g." + key))));
                Batch batch = realTokens();
                float[] logits = Tensors.floats(model.logits(batch.inputIds(), batch.segmentLengths()));
                float[] expected = new float[20 * VOCABULARY]; // the golden logits without the 4 padded tokens
                System.arraycopy(golden.floats("g.logits"), 0, expected, 0, 12 * VOCABULARY);
                System.arraycopy(golden.floats("g.logits"), 16 * VOCABULARY, expected, 12 * VOCABULARY, 8 * VOCABULARY);
                assertThat(relativeDifference(logits, expected)).isLessThan(TOLERANCE);
            }
            double loss = backward(model, realTokens(), recompute);
            assertThat(loss).isCloseTo(golden.floats("g.loss")[0], within(TOLERANCE));
            int compared = 0;
            for (Map.Entry<String, String> entry : names.entrySet()) {
                float[] expected = golden.floats("g.grad" + entry.getKey());
                float[] actual = Tensors.floats(
                        java.util.Objects.requireNonNull(lora.tensors().get(entry.getValue()))
                                .grad());
                assertThat(relativeDifference(actual, expected))
                        .as(entry.getValue())
                        .isLessThan(TOLERANCE);
                compared++;
            }
            assertThat(compared).isEqualTo(6);
            try (TensorScope scope = new TensorScope()) {
                Map<String, Tensor> merged = lora.mergedWeights();
                assertThat(merged).hasSize(3);
                for (int i = 0; i < 3; i++) {
                    Tensor weight =
                            merged.get("transformer.encoder.layers." + i + ".self_attention.query_key_value.weight");
                    assertThat(relativeDifference(
                                    Tensors.floats(java.util.Objects.requireNonNull(weight)),
                                    golden.floats("g.merged." + i)))
                            .isLessThan(1e-6);
                }
            }
        }
    }

    @Test
    void rotaryTables_everyTypeUpToPosition8191() {
        ChatGlmConfig wide = new ChatGlmConfig(
                1, 64, 64, 1, 128, 1, 64, 8192, 1e-5, 1, 0.5, ChatGlmConfig.RotaryRule.FLOAT32, true, false, 2);
        int[] positions = golden.ints("h.positions");
        assertThat(positions).contains(8191);
        check(wide, torch.ScalarType.Half, "h.cache_r1_f16", positions, 0);
        check(wide, torch.ScalarType.BFloat16, "h.cache_r1_bf16", positions, 0);
        check(wide, torch.ScalarType.Float, "h.cache_r1_f32", positions, 1e-6);
    }

    @Test
    void chatGlm2RotaryTable_driftsInFloat16AsMeasured() {
        ChatGlmConfig three = TinyModel.config();
        ChatGlmConfig wide = new ChatGlmConfig(
                1, 64, 64, 1, 128, 1, 64, 8192, 1e-5, 1, 0.5, ChatGlmConfig.RotaryRule.MODEL_TYPE, true, false, 2);
        ChatGlmConfig wide3 =
                new ChatGlmConfig(1, 64, 64, 1, 128, 1, 64, 8192, 1e-5, 1, 0.5, three.rotaryRule(), true, false, 2);
        try (TensorScope scope = new TensorScope();
                Rotary two = new Rotary(wide, torch.ScalarType.Half, Native.cpu());
                Rotary ours = new Rotary(wide3, torch.ScalarType.Half, Native.cpu())) {
            float[] second = Tensors.floats(two.cosAndSin(2048));
            float[] third = Tensors.floats(ours.cosAndSin(2048));
            // between the rules: 0.09 at position 256, 0.98 at position 2047
            assertThat(drift(second, third, 256)).isCloseTo(0.09, within(0.1));
            assertThat(drift(second, third, 2047)).isCloseTo(0.98, within(0.02));
        }
    }

    private static double drift(float[] a, float[] b, int position) {
        double drift = 0;
        for (int i = position * 64; i < position * 64 + 64; i++) {
            drift = Math.max(drift, Math.abs(a[i] - b[i]));
        }
        return drift;
    }

    private void check(ChatGlmConfig config, torch.ScalarType type, String name, int[] positions, double tolerance) {
        try (TensorScope scope = new TensorScope();
                Rotary rotary = new Rotary(config, type, Native.cpu())) {
            float[] all = Tensors.floats(rotary.cosAndSin(8192));
            float[] expected = golden.floats(name);
            int different = 0;
            for (int i = 0; i < positions.length; i++) {
                for (int j = 0; j < 64; j++) {
                    if (Math.abs(all[positions[i] * 64 + j] - expected[i * 64 + j]) > tolerance) {
                        different++;
                    }
                }
            }
            assertThat(different).as("%s: of %d values", name, expected.length).isZero();
        }
    }

    private void checkGradients(List<Parameter> parameters) {
        int compared = 0;
        for (Parameter parameter : parameters) {
            float[] expected = golden.floats("d.grad." + parameter.name());
            float[] actual = Tensors.floats(parameter.tensor().grad());
            assertThat(relativeDifference(actual, expected))
                    .as(parameter.name())
                    .isLessThan(TOLERANCE);
            compared++;
        }
        assertThat(compared).isEqualTo(24);
    }

    private static double backward(ChatGlmModel model, Batch batch, boolean recompute) {
        try (TensorScope scope = new TensorScope();
                Pass pass = model.pass(batch.inputIds(), batch.segmentLengths(), recompute)) {
            OutputHead.Outcome outcome = OutputHead.lossAndGradient(
                    model, pass.hidden(), batch.trainedPositions(), batch.targets(), 1.0 / batch.numTrainedTokens());
            pass.backward(java.util.Objects.requireNonNull(outcome.gradient()));
            return outcome.lossSum() / batch.numTrainedTokens();
        }
    }

    /** The golden padded batch b, on which d and g were made, as packed segments of its real tokens. */
    private Batch realTokens() {
        return Batch.packed(List.of(example("b", 0, 0), example("b", 1, zeros(golden.ints("b.attention_mask"), 12))));
    }

    private Batch batch(String part) {
        return Batch.packed(List.of(example(part, 0, 0), example(part, 1, 0)));
    }

    private TokenizedExample example(String part, int row, int from) {
        return new TokenizedExample(
                Arrays.copyOfRange(golden.ints(part + ".input_ids"), row * 12 + from, row * 12 + 12),
                Arrays.copyOfRange(golden.ints(part + ".labels"), row * 12 + from, row * 12 + 12));
    }

    private static int zeros(int[] mask, int from) {
        int zeros = 0;
        while (mask[from + zeros] == 0) {
            zeros++;
        }
        return zeros;
    }

    private static org.assertj.core.data.Offset<Double> within(double tolerance) {
        return org.assertj.core.data.Offset.offset(tolerance);
    }

    private static double sum(float[] losses) {
        double sum = 0;
        for (float loss : losses) {
            sum += loss;
        }
        return sum;
    }
}
