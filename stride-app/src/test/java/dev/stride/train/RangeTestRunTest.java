package dev.stride.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.stride.SmallCheckpoint;
import dev.stride.recipe.RangeAnswer;
import dev.stride.recipe.RangeCurve;
import dev.stride.recipe.RangeTest;
import dev.stride.torch.Native;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A range test on a model: it moves the weights, and leaves no trace. */
class RangeTestRunTest {
    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static List<String> words;

    @BeforeAll
    static void write() {
        Path model = SmallCheckpoint.PLAIN.writeBelow(shared);
        Path rows = SmallCheckpoint.rows(shared.resolve("rows.jsonl"), 12, 5);
        words = List.of(
                "--model",
                model.toString(),
                "--data",
                rows.toString(),
                "--batch",
                "6",
                "--threads",
                "1",
                "--steps",
                "4",
                "--find-steps",
                "20",
                "--find-low",
                "1e-5");
    }

    private static RangeTestRun.Result find(TrialRig rig) {
        return new RangeTestRun(rig.preparation(), rig.model(), rig.tuning(), false)
                .run(TrainCallback.NONE, () -> false);
    }

    @ParameterizedTest
    @ValueSource(strings = {"lora", "full"})
    void run_afterwards_everyTensorAndTheGeneratorAreBitEqual(String method) {
        try (TrialRig rig = TrialRig.of(Runs.prepare(Runs.with(words, "--method", method, "--lr", "1e-3")))) {
            Map<String, float[]> before = rig.values();
            assertThat(before).hasSize(method.equals("lora") ? 17 + 4 : 2 * 17);
            Native.seed(5);
            float[] drawn = random();
            Native.seed(5);
            RangeTestRun.Result result = find(rig);
            assertThat(random()).isEqualTo(drawn);
            Map<String, float[]> after = rig.values();
            assertThat(after).hasSameSizeAs(before);
            before.forEach(
                    (name, values) -> assertThat(after.get(name)).as(name).isEqualTo(values));
            rig.tuning()
                    .parameters()
                    .forEach(parameter -> assertThat(
                                    Tensors.gradient(parameter.tensor()).defined())
                            .isFalse());
            assertThat(result.passes()).hasSize(RangeTest.PASSES);
            assertThat(result.updates()).isBetween(3L * 10, 3L * 20);
            RangeCurve first = result.passes().get(0);
            double lowest = first.losses().stream().mapToDouble(x -> x).min().orElseThrow();
            assertThat(lowest).as("it did train").isLessThan(first.losses().get(0) - 0.1);
            assertThat(result.answer().sentence()).contains(".");
            assertThat(result.toJson().get("passes")).hasSize(3);
        }
    }

    @Test
    void run_withAccumulation_isTheSameCurve() {
        RangeTestRun.Result whole;
        RangeTestRun.Result split;
        List<String> full = Runs.with(words, "--method", "full");
        try (TrialRig rig = TrialRig.of(Runs.prepare(Runs.with(full, "--micro-batch", "6")))) {
            whole = find(rig);
        }
        try (TrialRig rig = TrialRig.of(Runs.prepare(Runs.with(full, "--micro-batch", "2")))) {
            split = find(rig);
        }
        // each pass computes one gradient more than it makes updates
        assertThat(whole.microBatches()).isEqualTo(whole.updates() + 3);
        assertThat(split.microBatches()).isEqualTo(3 * (split.updates() + 3));
        assertThat(split.cost()).contains(split.updates() + " updates of 6 rows in 3 passes");
        for (int i = 0; i < 8; i++) {
            double expected = whole.passes().get(0).losses().get(i);
            assertThat(split.passes().get(0).losses().get(i))
                    .as("sums of float32 in another order")
                    .isCloseTo(expected, within(1e-4 * expected));
        }
    }

    @Test
    void run_ratesThatBreakTheWeights_endsThePassAndNotTheProgram() {
        List<String> absurd = Runs.with(words, "--method", "full", "--find-low", "1e20", "--find-high", "1e30");
        try (TrialRig rig = TrialRig.of(Runs.prepare(without(absurd, "--find-low", "1e-5")))) {
            Map<String, float[]> before = rig.values();
            RangeTestRun.Result result = find(rig);
            assertThat(result.answer().outcome()).isEqualTo(RangeAnswer.Outcome.TOO_SHORT);
            assertThat(result.answer().sentence()).startsWith("No answer: ");
            assertThat(result.passes()).allMatch(pass -> pass.end() != RangeCurve.End.HIGHEST_RATE);
            Map<String, float[]> after = rig.values();
            before.forEach(
                    (name, values) -> assertThat(after.get(name)).as(name).isEqualTo(values));
        }
    }

    @Test
    void run_interrupted_saysSoAndPutsBack() {
        try (TrialRig rig = TrialRig.of(Runs.prepare(Runs.with(words, "--method", "full")))) {
            Map<String, float[]> before = rig.values();
            int[] asked = {0};
            RangeTestRun.Result result = new RangeTestRun(rig.preparation(), rig.model(), rig.tuning(), false)
                    .run(TrainCallback.NONE, () -> ++asked[0] > 5);
            assertThat(result.interrupted()).isTrue();
            assertThat(result.passes()).isEmpty();
            assertThat(result.updates()).isBetween(1L, 5L);
            Map<String, float[]> after = rig.values();
            before.forEach(
                    (name, values) -> assertThat(after.get(name)).as(name).isEqualTo(values));
        }
    }

    /** fastai issue 3013: a finder that changes what is trained after it. */
    @ParameterizedTest
    @ValueSource(strings = {"lora", "full"})
    void train_afterAFindInTheSameProcess_isTheRunWithoutOne(String method) {
        List<String> run = Runs.with(words, "--method", method, "--lr", "1e-3");
        Path with = folder.resolve("with");
        Path without = folder.resolve("without");
        try (TrainingRun training = new TrainingRun(Runs.prepare(run), TrainCallback.NONE)) {
            RangeTestRun.Result found = training.find(TrainCallback.NONE, () -> false);
            assertThat(found.updates()).isPositive();
            training.train(with, TrainCallback.NONE, () -> false);
        }
        Runs.train(run, without, () -> false);
        assertThat(Runs.steps(with)).hasSize(4);
        assertThat(Runs.numbers(with)).isEqualTo(Runs.numbers(without));
        assertThat(Runs.content(with, 4)).isEqualTo(Runs.content(without, 4));
    }

    private static float[] random() {
        try (TensorScope scope = new TensorScope()) {
            return Tensors.floats(torch.rand(8));
        }
    }

    /** The words without a flag and its value where it is given first. */
    private static List<String> without(List<String> words, String flag, String value) {
        for (int i = 0; i + 1 < words.size(); i++) {
            if (words.get(i).equals(flag) && words.get(i + 1).equals(value)) {
                int at = i;
                return java.util.stream.IntStream.range(0, words.size())
                        .filter(j -> j != at && j != at + 1)
                        .mapToObj(words::get)
                        .toList();
            }
        }
        throw new AssertionError(flag + " " + value + " is not among " + words);
    }
}
