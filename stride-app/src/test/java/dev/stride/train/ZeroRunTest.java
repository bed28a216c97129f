package dev.stride.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.Child;
import dev.stride.Slow;
import dev.stride.SmallCheckpoint;
import dev.stride.checkpoint.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ranks that share the moments leave the same bits as ranks that each have all: events, weights and optimizer's state. */
@Timeout(600) // ranks that wait for each other in vain would never end
@Slow
class ZeroRunTest {

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static Path plain;
    private static Path half;
    private static Path rows;
    private static Path validation;

    @BeforeAll
    static void write() {
        plain = SmallCheckpoint.PLAIN.writeBelow(shared);
        half = SmallCheckpoint.PLAIN.ofType(DType.BF16).writeBelow(shared);
        rows = SmallCheckpoint.rows(shared.resolve("rows.jsonl"), 23, 3); // updates of 5, the last of 3
        validation = SmallCheckpoint.rows(shared.resolve("validation.jsonl"), 7, 4);
    }

    @ParameterizedTest
    @CsvSource({
        "2, full, fp32, false",
        "3, full, fp32, false",
        "2, lora, fp32, false",
        "3, lora, bf16, true",
        "2, full, bf16, true",
    })
    void zero_changesNoBit(int world, String method, String precision, boolean halfFiles) throws Exception {
        List<String> words = words(halfFiles ? half : plain, method, 9);
        words.addAll(List.of("--precision", precision));
        Path whole = folder.resolve("whole");
        ended(run(world, "train", whole, Runs.with(words, "--zero", "off")));
        Path zero = folder.resolve("zero");
        ended(run(world, "train", zero, Runs.with(words, "--zero", "on")));
        assertSame(zero, whole, 9);
    }

    /** What three ranks with shares have saved, two go on with and then one that has all, and each sees the same state. */
    @Test
    void resume_withAnotherNumberOfRanks_readsTheWholeCheckpoint() throws Exception {
        List<String> words = words(plain, "full", 9);
        Path solo = folder.resolve("solo");
        Runs.train(words, solo, () -> false);
        Path zero = folder.resolve("zero");
        ended(run(3, "train", zero, Runs.with(words, "--zero", "on")));
        Runs.keepUpTo(zero, 6);
        ended(run(2, "resume", zero, Runs.with(words, "--zero", "on")));
        assertThat(SameRuns.compareSteps(zero, solo, 1e-6)).isEqualTo(9);
        Runs.keepUpTo(zero, 6);
        Path other = folder.resolve("other");
        copy(zero, other);
        ended(run(2, "resume", zero, Runs.with(words, "--zero", "off")));
        ended(run(2, "resume", other, Runs.with(words, "--zero", "on")));
        assertSame(other, zero, 9);
        Runs.keepUpTo(zero, 3);
        Runs.resume(words, zero, () -> false);
        assertThat(SameRuns.compareSteps(zero, solo, 1e-6)).isEqualTo(9);
        SameRuns.compareWeights(zero, solo, 9, 1e-6);
    }

    /** A rank is killed at no chosen moment; the others end, and what goes on without shares learns the same. */
    @Test
    void kill_thenResumeWithoutZero_endsWithTheSameBits() throws Exception {
        List<String> words = words(plain, "full", 60);
        Path whole = folder.resolve("whole");
        ended(run(2, "train", whole, Runs.with(words, "--zero", "off")));
        Path killed = folder.resolve("killed");
        List<String> arguments = new ArrayList<>(List.of("train", killed.toString()));
        arguments.addAll(Runs.with(words, "--zero", "on"));
        Fleet fleet = Fleet.start(folder, 2, List.of("-Xmx256m"), RankProbe.class, arguments);
        while (!Files.exists(killed.resolve("checkpoints/step-000006"))) {
            assertThat(fleet.processes().get(0).isAlive()).isTrue();
            Thread.sleep(10);
        }
        fleet.processes().get(1).destroyForcibly();
        List<Child.Ended> ends = fleet.await();
        assertThat(ends.get(0).status()).as(ends.get(0).err()).isNotZero();
        assertThat(killed.resolve("checkpoints/step-000060")).doesNotExist();
        ended(run(2, "resume", killed, Runs.with(words, "--zero", "off")));
        assertSame(killed, whole, 60);
    }

    private static void ended(List<Child.Ended> ranks) {
        for (Child.Ended rank : ranks) {
            assertThat(rank.status()).as(rank.err()).isZero();
        }
    }

    /** Every number of every update and evaluation, and every byte of the checkpoints that both runs have. */
    private static void assertSame(Path actual, Path expected, int steps) throws IOException {
        assertThat(SameRuns.compareSteps(actual, expected, 0)).isEqualTo(steps);
        assertThat(SameRuns.compareEvaluations(actual, expected, 0)).isEqualTo(steps / 3);
        int files = 0;
        for (int step = 3; step <= steps; step += 3) {
            String checkpoint = String.format("checkpoints/step-%06d", step);
            try (Stream<Path> found = Files.list(expected.resolve(checkpoint))) {
                for (Path file : found.filter(path -> path.toString().endsWith(".safetensors"))
                        .toList()) {
                    Path other = actual.resolve(checkpoint).resolve(file.getFileName());
                    if (Files.exists(actual.resolve(checkpoint))) {
                        assertThat(Files.mismatch(other, file))
                                .as(other.toString())
                                .isEqualTo(-1);
                        files++;
                    }
                }
            }
        }
        assertThat(files).isGreaterThanOrEqualTo(2 * 3); // the optimizer's and one of the weights at least
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    private List<Child.Ended> run(int world, String what, Path run, List<String> words) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(what, run.toString()));
        arguments.addAll(words);
        return Fleet.start(folder, world, List.of("-Xmx256m"), RankProbe.class, arguments)
                .await();
    }

    private static List<String> words(Path model, String method, int steps) {
        return new ArrayList<>(List.of(
                "--model",
                model.toString(),
                "--data",
                rows.toString(),
                "--val",
                validation.toString(),
                "--method",
                method,
                "--lr",
                "5e-3",
                "--threads",
                "1",
                "--batch",
                "5",
                "--micro-batch",
                "1",
                "--steps",
                Integer.toString(steps),
                "--eval-every",
                "3",
                "--save-every",
                "3",
                "--keep-last",
                "99",
                "--guard",
                "all=off",
                "--val-generate",
                "1",
                "--max-new-tokens",
                "2"));
    }
}
