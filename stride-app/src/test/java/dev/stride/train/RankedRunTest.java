package dev.stride.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.Child;
import dev.stride.SmallFiles;
import dev.stride.experiment.RunResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A run of several ranks learns what one process learns: the same rows make each update, and gradients, losses and scores
 * are sums over all of them. Sums of ranks are added in another order, so float32 may differ in its last bits.
 */
@Timeout(600) // ranks that wait for each other in vain would never end
class RankedRunTest {
    /** Allowed for a loss; ten times of it for a norm, a hundred times for weights (see {@link SharedRunsTest}). */
    private static final double FLOAT32 = 1e-6;

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static SmallFiles files;

    @BeforeAll
    static void write() {
        files = SmallFiles.write(shared, 23, 3, 7, 4); // updates of 5, the last of 3
    }

    @ParameterizedTest
    @CsvSource({
        "2, lora, linear, on, ''",
        "3, lora, cosine, on, '--micro-batch 1'",
        "2, full, wsd, off, '--token-budget 140'",
        "3, full, inverse-sqrt, on, ''",
        "2, lora, constant, off, '--micro-batch 2'",
        "2, lora, polynomial, on, ''",
        "2, full, plateau, on, '--recoveries 1 --patience 1'",
    })
    void ranks_learnWhatOneProcessLearns(int world, String method, String schedule, String packing, String more)
            throws Exception {
        List<String> words = words(method, schedule, packing, more);
        Path solo = folder.resolve("solo");
        RunResult expected = Runs.train(words, solo, () -> false);
        Path ranked = folder.resolve("ranked");
        for (Child.Ended rank : run(world, "train", ranked, words)) {
            assertThat(rank.status()).as(rank.err()).isZero();
        }
        assertThat(SameRuns.compareSteps(ranked, solo, FLOAT32)).isGreaterThanOrEqualTo(9);
        assertThat(SameRuns.compareEvaluations(ranked, solo, FLOAT32)).isGreaterThanOrEqualTo(3);
        SameRuns.compareWeights(ranked, solo, expected, FLOAT32);
        assertThat(Runs.json(ranked.resolve("result.json")).get("status").asText())
                .isEqualTo(expected.status().word());
    }

    /** In the middle of an epoch three ranks give over to two, and they to one. */
    @Test
    void resume_withAnotherNumberOfRanks_goesOnWithTheSameRows() throws Exception {
        List<String> words = words("lora", "linear", "on", "");
        Path solo = folder.resolve("solo");
        Runs.train(words, solo, () -> false);
        Path ranked = folder.resolve("ranked");
        run(3, "train", ranked, words);
        Runs.keepUpTo(ranked, 6);
        for (Child.Ended rank : run(2, "resume", ranked, words)) {
            assertThat(rank.status()).as(rank.err()).isZero();
        }
        assertThat(SameRuns.compareSteps(ranked, solo, FLOAT32)).isEqualTo(9);
        Runs.keepUpTo(ranked, 3);
        Runs.resume(words, ranked, () -> false);
        assertThat(SameRuns.compareSteps(ranked, solo, FLOAT32)).isEqualTo(9);
        SameRuns.compareWeights(ranked, solo, 9, FLOAT32);
    }

    @Test
    void aFolderThatIsTaken_endsEveryRankBeforeTraining() throws Exception {
        Path taken = Files.createDirectories(folder.resolve("taken"));
        Files.writeString(taken.resolve("mine.txt"), "mine");
        List<Child.Ended> ended = run(2, "train", taken, words("lora", "linear", "on", ""));
        assertThat(ended.get(0).status()).isEqualTo(2);
        assertThat(ended.get(0).err()).contains("holds files that are not of a run");
        assertThat(ended.get(1).status()).isEqualTo(2);
        assertThat(ended.get(1).err()).contains("rank 0 could not make the run's folder");
        assertThat(taken).isDirectoryContaining("glob:**/mine.txt");
    }

    private List<Child.Ended> run(int world, String what, Path run, List<String> words) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(what, run.toString()));
        arguments.addAll(words);
        return Fleet.start(folder, world, List.of("-Xmx256m"), RankProbe.class, arguments)
                .await();
    }

    private static List<String> words(String method, String schedule, String packing, String more) {
        List<String> words = new ArrayList<>(List.of(
                "--model",
                files.model().toString(),
                "--data",
                files.rows().toString(),
                "--val",
                files.validation().toString(),
                "--method",
                method,
                "--precision",
                "fp32",
                "--lr",
                "5e-3",
                "--schedule",
                schedule,
                "--packing",
                packing,
                "--threads",
                "1",
                "--batch",
                "5",
                "--steps",
                "9"));
        words.addAll(List.of(
                "--eval-every",
                "3",
                "--save-every",
                "3",
                "--keep-last",
                "9",
                "--val-generate",
                "3",
                "--max-new-tokens",
                "4"));
        if (method.equals("lora")) {
            words.addAll(List.of("--lora-dropout", "0"));
        }
        if (!more.isEmpty()) {
            words.addAll(List.of(more.split(" ")));
        }
        return words;
    }
}
