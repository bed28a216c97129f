package dev.stride.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.SmallCheckpoint;
import dev.stride.checkpoint.DType;
import dev.stride.experiment.RunResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A run that was interrupted and went on is the run that never was: losses, rates, norms and evaluations as printed, all
 * digits of them, and the bytes of the last checkpoint. 22 rows in batches of 4 are 6 updates an epoch, the last of 2
 * rows; 10 updates end in the middle of the second epoch.
 */
class ResumeTest {
    private static final long UPDATES = 10;

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static Path single;
    private static Path half;
    private static Path rows;
    private static Path validation;

    @BeforeAll
    static void write() {
        single = SmallCheckpoint.PLAIN.writeBelow(shared);
        half = SmallCheckpoint.PLAIN.ofType(DType.F16).writeBelow(shared);
        rows = SmallCheckpoint.rows(shared.resolve("rows.jsonl"), 22, 3);
        validation = SmallCheckpoint.rows(shared.resolve("validation.jsonl"), 5, 4);
    }

    @ParameterizedTest
    @CsvSource({"full,on,F32", "full,off,F32", "full,on,F16", "lora,on,F32", "lora,off,F32", "lora,on,F16"})
    void interruptedTwice_equalsUninterrupted(String method, String packing, DType type) {
        List<String> words = words(method, packing, type);
        Path whole = folder.resolve("whole");
        assertThat(Runs.train(words, whole, () -> false).status()).isEqualTo(RunResult.Status.FINISHED);
        List<String> expected = Runs.numbers(whole);
        assertThat(Runs.steps(whole)).hasSize((int) UPDATES);
        assertThat(Runs.evaluations(whole)).isEqualTo(3); // after 4, 8 and 10
        // before the first update; at a step that was saved anyway; in the middle of an epoch; at another saved step
        int[][] stops = {{0, 3}, {5, 4}};
        for (int[] stop : stops) {
            Path parts = folder.resolve("parts-" + stop[0]);
            RunResult first = Runs.train(words, parts, Runs.after(stop[0]));
            assertThat(first.status()).isEqualTo(RunResult.Status.INTERRUPTED);
            assertThat(first.steps()).isEqualTo(stop[0]);
            assertThat(Runs.resume(words, parts, Runs.after(stop[1])).steps()).isEqualTo(stop[0] + stop[1]);
            RunResult last = Runs.resume(words, parts, () -> false);
            assertThat(last.status()).isEqualTo(RunResult.Status.FINISHED);
            assertThat(Runs.numbers(parts)).as("stops after %s", stop[0]).isEqualTo(expected);
            assertThat(Runs.content(parts, UPDATES))
                    .as("stops after %s", stop[0])
                    .isEqualTo(Runs.content(whole, UPDATES));
            assertThat(last).isEqualTo(RunResult.fromJson(Runs.json(whole.resolve("result.json"))));
            assertThat(Runs.saves(parts)).as("no step is saved twice").doesNotHaveDuplicates();
        }
    }

    /** Updates 4 and 8 are followed by an evaluation, which is left in its middle and made by the run that goes on. */
    @Test
    void interruptedInTheMiddleOfAnEvaluation_equalsUninterrupted() {
        List<String> words = words("lora", "on", DType.F32);
        Path whole = folder.resolve("whole");
        Runs.train(words, whole, () -> false);
        Path parts = folder.resolve("parts");
        RunResult first = Runs.train(words, parts, Runs.after(4));
        assertThat(first.status()).isEqualTo(RunResult.Status.INTERRUPTED);
        assertThat(Runs.evaluations(parts)).isZero();
        assertThat(Runs.resume(words, parts, Runs.after(4)).steps()).isEqualTo(8);
        assertThat(Runs.evaluations(parts)).isEqualTo(1);
        assertThat(Runs.resume(words, parts, Runs.after(2)).steps()).isEqualTo(UPDATES);
        RunResult last = Runs.resume(words, parts, () -> false);
        assertThat(last).isEqualTo(RunResult.fromJson(Runs.json(whole.resolve("result.json"))));
        assertThat(Runs.numbers(parts)).isEqualTo(Runs.numbers(whole));
        assertThat(Runs.content(parts, UPDATES)).isEqualTo(Runs.content(whole, UPDATES));
    }

    @Test
    void lostBeforeTheFirstCheckpoint_startsOver() throws IOException {
        List<String> words = words("lora", "on", DType.F32);
        Path whole = folder.resolve("whole");
        Runs.train(words, whole, () -> false);
        Path lost = folder.resolve("lost");
        Runs.train(words, lost, Runs.after(3));
        try (Stream<Path> checkpoints = Files.walk(lost.resolve("checkpoints"))) {
            for (Path path : checkpoints.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
        assertThat(Files.readAllLines(lost.resolve("events.jsonl"))).hasSize(4);
        Runs.resume(words, lost, () -> false);
        assertThat(Runs.numbers(lost)).isEqualTo(Runs.numbers(whole));
        assertThat(Runs.content(lost, UPDATES)).isEqualTo(Runs.content(whole, UPDATES));
    }

    @Test
    void finishedRun_hasNothingToDoAndKeepsItsResult() throws IOException {
        List<String> words = words("lora", "on", DType.F32);
        Path run = folder.resolve("run");
        RunResult result = Runs.train(words, run, () -> false);
        byte[] events = Files.readAllBytes(run.resolve("events.jsonl"));
        byte[] written = Files.readAllBytes(run.resolve("result.json"));
        assertThat(result.finalValues()).containsKeys("train_loss", "loss", "bleu-4");
        RunResult again = Runs.resume(words, run, () -> false);
        assertThat(again).isEqualTo(result);
        assertThat(Files.readAllBytes(run.resolve("events.jsonl"))).isEqualTo(events);
        assertThat(Files.readAllBytes(run.resolve("result.json"))).isEqualTo(written);
    }

    private static List<String> words(String method, String packing, DType type) {
        List<String> common = List.of(
                "--model",
                (type == DType.F16 ? half : single).toString(),
                "--data",
                rows.toString(),
                "--val",
                validation.toString(),
                "--method",
                method,
                "--packing",
                packing,
                "--precision",
                "fp32",
                "--lr",
                "2e-3",
                "--warmup",
                "3",
                "--steps",
                Long.toString(UPDATES),
                "--threads",
                "1",
                "--batch",
                "4",
                "--micro-batch",
                "2",
                "--eval-every",
                "4",
                "--save-every",
                "3",
                "--val-generate",
                "2",
                "--max-new-tokens",
                "4");
        return method.equals("lora")
                ? Runs.with(common, "--lora-dropout", "0.2", "--lora-targets", "query_key_value,dense_4h_to_h")
                : common;
    }
}
