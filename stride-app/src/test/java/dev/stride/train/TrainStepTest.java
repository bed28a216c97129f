package dev.stride.train;

import static dev.stride.GoldenTensors.relativeDifference;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.stride.SmallCheckpoint;
import dev.stride.checkpoint.ModelLoader;
import dev.stride.data.Batch;
import dev.stride.data.DataLoader;
import dev.stride.data.LoaderSettings;
import dev.stride.data.TokenizedData;
import dev.stride.model.ChatGlmConfig;
import dev.stride.model.ChatGlmModel;
import dev.stride.peft.FullTuning;
import dev.stride.peft.LoraSettings;
import dev.stride.peft.LoraTuning;
import dev.stride.peft.Parameter;
import dev.stride.peft.TuningMethod;
import dev.stride.tokenizer.TokenizedExample;
import dev.stride.torch.AdamW;
import dev.stride.torch.Native;
import dev.stride.torch.NoGrad;
import dev.stride.torch.Precision;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One update does not depend on how its rows were laid out, split, or recomputed. */
class TrainStepTest {
    /** Sums of a few hundred float32 numbers in another order differ by a few of their last bits. */
    private static final double TOLERANCE = 1e-6;

    private static final int BATCH = 8;
    private static final List<String> ALL_LINEARS =
            List.of("query_key_value", "dense", "dense_h_to_4h", "dense_4h_to_h");

    @TempDir
    static Path shared;

    private static Path folder;
    private static TokenizedData data;

    @BeforeAll
    static void write() {
        folder = SmallCheckpoint.PLAIN.writeBelow(shared);
        Path rows = SmallCheckpoint.rows(shared.resolve("rows.jsonl"), BATCH, 5);
        data = Runs.prepare(List.of("--model", folder.toString(), "--data", rows.toString(), "--threads", "1"))
                .train()
                .tokens();
    }

    /** What an update's gradients are. */
    private record Outcome(TrainStep.Gradients numbers, Map<String, float[]> gradients) {}

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void gradients_anySplitAndLayout_areThoseOfOneRowAtATime(boolean lora) {
        Outcome single = gradients(lora, false, 0, batches(1, 0, true));
        assertThat(single.numbers().loss()).isBetween(4.0, 9.0);
        assertThat(single.gradients()).hasSize(lora ? 16 : 2 * 7 + 3);
        int compared = 0;
        for (boolean packing : new boolean[] {true, false}) {
            for (int rows : new int[] {2, 3, BATCH}) {
                List<Batch> batches = batches(rows, 0, packing);
                assertThat(batches).hasSize((BATCH + rows - 1) / rows);
                check(gradients(lora, false, 0, batches), single, "rows " + rows + ", packing " + packing);
                compared++;
            }
            check(gradients(lora, false, 0, batches(0, 200, packing)), single, "200 tokens, packing " + packing);
            compared++;
        }
        assertThat(compared).isEqualTo(8);
    }

    @Test
    void paddedBatch_hasPadding() {
        assertThat(batches(BATCH, 0, false).get(0).numTokens())
                .as("else the test above compares nothing")
                .isGreaterThan(batches(BATCH, 0, true).get(0).numTokens() + 50);
    }

    @ParameterizedTest
    @ValueSource(doubles = {-1, 0, 0.3})
    void recomputing_gradientsAreTheSameNumbers(double dropout) {
        boolean lora = dropout >= 0;
        List<Batch> batches = batches(3, 0, true);
        Outcome recorded = gradients(lora, false, dropout, batches);
        Outcome recomputed = gradients(lora, true, dropout, batches);
        assertThat(recomputed.numbers()).isEqualTo(recorded.numbers());
        assertThat(recomputed.gradients()).hasSameSizeAs(recorded.gradients());
        recorded.gradients()
                .forEach((name, expected) ->
                        assertThat(recomputed.gradients().get(name)).as(name).isEqualTo(expected));
    }

    @Test
    void dropout_dependsOnSeedAndStepAlone() {
        List<Batch> batches = batches(3, 0, true);
        Outcome first = gradients(true, false, 0.3, batches);
        Native.seed(999); // what else drew random numbers is of no matter
        assertThat(gradients(true, false, 0.3, batches).numbers()).isEqualTo(first.numbers());
        assertThat(gradients(true, false, 0, batches).numbers().loss())
                .isNotEqualTo(first.numbers().loss());
        try (Rig rig = new Rig(true, false, 0.3)) {
            rig.step().gradients(batches, trained(batches), 7);
            double seventh = rig.step().gradients(batches, trained(batches), 7).loss();
            assertThat(rig.step().gradients(batches, trained(batches), 8).loss())
                    .isNotEqualTo(seventh);
            assertThat(rig.step().gradients(batches, trained(batches), 7).loss())
                    .isEqualTo(seventh);
        }
    }

    @Test
    void decay_actsOnMatricesAlone() {
        double rate = 0.5;
        double decay = 0.1;
        try (Rig rig = new Rig(false, false, 0)) {
            List<Batch> batches = batches(BATCH, 0, true);
            rig.step().gradients(batches, trained(batches), 1);
            Map<String, float[]> before = rig.values();
            rig.zeroGradients(); // then AdamW's own update is 0 and only the decay is left
            rig.step().update(Map.of(TrainStep.DECAY, rate, TrainStep.NO_DECAY, rate), 0);
            int matrices = 0;
            for (Parameter parameter : rig.tuning().parameters()) {
                float[] was = java.util.Objects.requireNonNull(before.get(parameter.name()));
                float[] is = Tensors.floats(parameter.tensor());
                boolean matrix = parameter.tensor().ndimension() == 2;
                matrices += matrix ? 1 : 0;
                for (int i = 0; i < is.length; i++) {
                    double wanted = matrix ? was[i] * (1 - rate * decay) : was[i];
                    assertThat((double) is[i]).as(parameter.name()).isCloseTo(wanted, within(1e-7));
                }
            }
            assertThat(matrices).isEqualTo(2 * 4 + 2);
            assertThat(rig.tuning().parameters()).hasSize(2 * 7 + 3);
        }
    }

    /** Values of PyTorch's clip_grad_norm_ for a largest norm of 1. */
    @Test
    void clipCoefficient_knownNorms_isPyTorchs() {
        double[][] rows = {{0.5, 1}, {1.0, 0.999999000001}, {10, 0.09999999000000}, {188.29, 0.0053109565}};
        for (double[] row : rows) {
            // the last is recorded to eight digits
            double digits = row[0] > 100 ? 1e-8 : 1e-9;
            assertThat(TrainStep.clipCoefficient(1, row[0])).isCloseTo(row[1], within(digits * row[1]));
        }
        assertThat(TrainStep.clipCoefficient(1, Double.POSITIVE_INFINITY)).isZero();
    }

    @Test
    void clip_scalesTheGradientAndLeavesTheNormAsItWas() {
        List<Batch> batches = batches(BATCH, 0, true);
        try (Rig free = new Rig(false, false, 0, 0, LossScale.none());
                Rig clipped = new Rig(false, false, 0, 0.25, LossScale.none())) {
            TrainStep.Gradients first = free.step().gradients(batches, trained(batches), 1);
            TrainStep.Gradients second = clipped.step().gradients(batches, trained(batches), 1);
            assertThat(second).isEqualTo(first);
            assertThat(first.gradientNorm()).isGreaterThan(0.5);
            Map<String, Double> rates = Map.of(TrainStep.DECAY, 0.1, TrainStep.NO_DECAY, 0.1);
            free.step().update(rates, first.gradientNorm());
            clipped.step().update(rates, second.gradientNorm());
            double coefficient = 0.25 / (first.gradientNorm() + 1e-6);
            int compared = 0;
            for (int i = 0; i < free.optimizer().slots().size(); i++) {
                // the first moment is (1 - beta1) x gradient after one update
                float[] whole = Tensors.floats(free.optimizer().slots().get(i).momentum());
                float[] scaled =
                        Tensors.floats(clipped.optimizer().slots().get(i).momentum());
                float[] wanted = new float[whole.length];
                for (int j = 0; j < whole.length; j++) {
                    wanted[j] = (float) (whole[j] * coefficient);
                }
                assertThat(relativeDifference(scaled, wanted)).isLessThan(TOLERANCE);
                compared++;
            }
            assertThat(compared).isEqualTo(17);
        }
    }

    @Test
    void lossScale_aPowerOfTwo_changesNoBit() {
        List<Batch> batches = batches(BATCH, 0, true);
        try (Rig plain = new Rig(true, false, 0, 1, LossScale.none());
                Rig scaled = new Rig(true, false, 0, 1, LossScale.dynamic())) {
            Map<String, Double> rates = Map.of(TrainStep.DECAY, 1e-2);
            for (int step = 1; step <= 3; step++) {
                TrainStep.Gradients expected = plain.step().gradients(batches, trained(batches), step);
                assertThat(scaled.step().gradients(batches, trained(batches), step))
                        .isEqualTo(expected);
                plain.step().update(rates, expected.gradientNorm());
                scaled.step().update(rates, expected.gradientNorm());
            }
            Map<String, float[]> wanted = plain.values();
            assertThat(wanted).hasSize(16);
            scaled.values()
                    .forEach((name, values) -> assertThat(values).as(name).isEqualTo(wanted.get(name)));
        }
    }

    @Test
    void batchWithoutATrainedToken_givesNoGradient() {
        int[] ids = {1, 2, 3};
        Batch empty = new Batch(ids, new int[] {3}, new int[0], new int[0]);
        try (Rig rig = new Rig(false, false, 0)) {
            TrainStep.Gradients gradients = rig.step().gradients(List.of(empty), 1, 1);
            assertThat(gradients).isEqualTo(new TrainStep.Gradients(0, 0));
            Map<String, float[]> before = rig.values();
            rig.step().discard();
            rig.values().forEach((name, values) -> assertThat(values).as(name).isEqualTo(before.get(name)));
        }
    }

    private static void check(Outcome actual, Outcome expected, String what) {
        double loss = expected.numbers().loss();
        double norm = expected.numbers().gradientNorm();
        assertThat(actual.numbers().loss()).as(what).isCloseTo(loss, within(TOLERANCE * loss));
        assertThat(actual.numbers().gradientNorm()).as(what).isCloseTo(norm, within(TOLERANCE * norm));
        assertThat(actual.gradients()).hasSameSizeAs(expected.gradients());
        expected.gradients()
                .forEach((name, golden) -> assertThat(
                                relativeDifference(actual.gradients().get(name), golden))
                        .as("%s, %s", what, name)
                        .isLessThan(TOLERANCE));
    }

    private static Outcome gradients(boolean lora, boolean recompute, double dropout, List<Batch> batches) {
        try (Rig rig = new Rig(lora, recompute, dropout)) {
            TrainStep.Gradients numbers = rig.step().gradients(batches, trained(batches), 1);
            Map<String, float[]> gradients = new LinkedHashMap<>();
            for (Parameter parameter : rig.tuning().parameters()) {
                gradients.put(
                        parameter.name(), Tensors.floats(parameter.tensor().grad()));
            }
            return new Outcome(numbers, gradients);
        }
    }

    private static List<Batch> batches(int rows, int tokens, boolean packing) {
        return new DataLoader(data, new LoaderSettings(BATCH, rows, tokens, packing, false, 1, 0, 1))
                .next()
                .microBatches();
    }

    private static long trained(List<Batch> batches) {
        long trained = batches.stream().mapToLong(Batch::numTrainedTokens).sum();
        long rows = 0;
        for (int i = 0; i < data.size(); i++) {
            TokenizedExample row = data.get(i);
            rows += row.numTrainedTokens();
        }
        assertThat(trained)
                .as("all trained tokens of the data are in the update")
                .isEqualTo(rows);
        return trained;
    }

    /** A model, what trains of it, and a step. */
    private record Rig(ChatGlmModel model, TuningMethod tuning, AdamW optimizer, TrainStep step)
            implements AutoCloseable {
        Rig(boolean lora, boolean recompute, double dropout) {
            this(lora, recompute, dropout, 1, LossScale.none());
        }

        Rig(boolean lora, boolean recompute, double dropout, double clip, LossScale scale) {
            this(
                    ModelLoader.load(
                            folder,
                            ChatGlmConfig.read(folder),
                            Precision.FP32,
                            !lora,
                            Native.cpu(),
                            (done, total) -> {}),
                    lora,
                    dropout,
                    new TrainStep.Settings(0.1, clip, recompute, 11),
                    scale);
        }

        private Rig(ChatGlmModel model, boolean lora, double dropout, TrainStep.Settings settings, LossScale scale) {
            this(
                    model,
                    lora ? lora(model, dropout) : new FullTuning(model),
                    new AdamW(0.9, 0.999, 1e-8),
                    settings,
                    scale);
        }

        private Rig(
                ChatGlmModel model,
                TuningMethod tuning,
                AdamW optimizer,
                TrainStep.Settings settings,
                LossScale scale) {
            this(model, tuning, optimizer, new TrainStep(model, tuning, optimizer, settings, scale));
        }

        /** An adapter on all linears whose B is not zero, so that A has gradients too. */
        private static LoraTuning lora(ChatGlmModel model, double dropout) {
            LoraTuning lora = new LoraTuning(model, new LoraSettings(4, 8, dropout, ALL_LINEARS, false), 3);
            Random random = new Random(8);
            lora.tensors().forEach((name, tensor) -> {
                if (name.contains("lora_B")) {
                    float[] values = new float[Math.toIntExact(tensor.numel())];
                    for (int i = 0; i < values.length; i++) {
                        values[i] = (float) (0.05 * random.nextGaussian());
                    }
                    try (TensorScope scope = new TensorScope();
                            NoGrad off = new NoGrad()) {
                        tensor.copy_(Tensors.of(values, tensor.shape()));
                    }
                }
            });
            return lora;
        }

        Map<String, float[]> values() {
            Map<String, float[]> values = new LinkedHashMap<>();
            tuning.parameters().forEach(parameter -> values.put(parameter.name(), Tensors.floats(parameter.tensor())));
            return values;
        }

        void zeroGradients() {
            List<Tensor> gradients = new ArrayList<>();
            tuning.parameters().forEach(parameter -> gradients.add(Tensors.gradient(parameter.tensor())));
            gradients.forEach(gradient -> gradient.mul_(new Scalar(0)));
        }

        @Override
        public void close() {
            optimizer.close();
            tuning.close();
            model.close();
        }
    }
}
