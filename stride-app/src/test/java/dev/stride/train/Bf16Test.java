package dev.stride.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.stride.SmallCheckpoint;
import dev.stride.checkpoint.DType;
import dev.stride.experiment.StepEvent;
import dev.stride.torch.Tensors;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * bf16: what trains is held in float32, what is frozen in two bytes a number. The tests hold on a CPU with bf16
 * instructions, where the products are made in bf16, and on one without, where only the weights are.
 */
class Bf16Test {
    /**
     * bf16 keeps 8 bits of a number: each product is off by up to 0.4 %, in either direction, so that a mean loss over
     * hundreds of tokens is off by much less than that. Seen: 3e-4.
     */
    private static final double TOLERANCE = 5e-3;

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static Path model;
    private static Path rows;

    @BeforeAll
    static void write() {
        model = SmallCheckpoint.PLAIN.ofType(DType.BF16).writeBelow(shared);
        rows = SmallCheckpoint.rows(shared.resolve("rows.jsonl"), 16, 12);
    }

    @ParameterizedTest
    @ValueSource(strings = {"full", "lora"})
    void training_lossesAreCloseToThoseOfFp32(String method) {
        Runs.train(words(method, "fp32"), folder.resolve("fp32"), () -> false);
        Runs.train(words(method, "bf16"), folder.resolve("bf16"), () -> false);
        List<StepEvent> expected = Runs.steps(folder.resolve("fp32"));
        List<StepEvent> actual = Runs.steps(folder.resolve("bf16"));
        assertThat(actual).hasSize(8).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            double loss = expected.get(i).loss();
            assertThat(actual.get(i).loss()).isCloseTo(loss, within(TOLERANCE * loss));
            assertThat(actual.get(i).loss())
                    .as("nothing was rounded to bf16 in update %d", i + 1)
                    .isNotEqualTo(loss);
        }
        assertThat(expected.get(7).loss())
                .as("it learns")
                .isLessThan(0.97 * expected.get(0).loss());
        assertThat(actual.get(7).loss())
                .as("it learns")
                .isLessThan(0.97 * actual.get(0).loss());
    }

    @ParameterizedTest
    @ValueSource(strings = {"full", "lora"})
    void resuming_isExact(String method) {
        List<String> words = words(method, "bf16");
        Runs.train(words, folder.resolve("whole"), () -> false);
        Path parts = folder.resolve("parts");
        Runs.train(words, parts, Runs.after(3));
        Runs.resume(words, parts, () -> false);
        assertThat(Runs.numbers(parts)).isEqualTo(Runs.numbers(folder.resolve("whole")));
        assertThat(Runs.content(parts, 8)).isEqualTo(Runs.content(folder.resolve("whole"), 8));
    }

    @Test
    void loraBase_takesTwoBytesANumber() {
        try (TrainingRun run = new TrainingRun(Runs.prepare(words("lora", "bf16")), TrainCallback.NONE)) {
            long bytes = 0;
            for (Tensor weight : run.model().weights().values()) {
                assertThat(Tensors.type(weight)).isEqualTo(torch.ScalarType.BFloat16);
                bytes += weight.nbytes();
            }
            assertThat(bytes).isEqualTo(2 * run.model().config().numParameters());
        }
    }

    @Test
    void fullTuning_holdsFloat32Masters() {
        try (TrainingRun run = new TrainingRun(Runs.prepare(words("full", "bf16")), TrainCallback.NONE)) {
            assertThat(run.model().weights().values())
                    .hasSize(17)
                    .allSatisfy(weight -> assertThat(Tensors.type(weight)).isEqualTo(torch.ScalarType.Float));
        }
    }

    private static List<String> words(String method, String precision) {
        return List.of(
                "--model",
                model.toString(),
                "--data",
                rows.toString(),
                "--method",
                method,
                "--precision",
                precision,
                "--lr",
                method.equals("full") ? "5e-3" : "2e-2",
                "--warmup",
                "1",
                "--threads",
                "1",
                "--steps",
                "8",
                "--batch",
                "4");
    }
}
