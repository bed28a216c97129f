package dev.stride.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.SmallFiles;
import dev.stride.experiment.EventReader;
import dev.stride.experiment.RunResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A run that left another one is the run that trained alone from the start: every number of its events, and the bytes of
 * its last checkpoint. At a slope of 5e-4 the peak 4e-3 is reached at update 8 and 2e-3 at update 4, so updates 1 to 3 are
 * shared; validation runs after 2, 4, 6, ...
 */
class RunForkTest {
    private static final long UPDATES = 11;
    private static final InstantSource CLOCK = InstantSource.system();

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static SmallFiles files;

    @BeforeAll
    static void write() {
        files = SmallFiles.write(shared, 22, 3, 5, 4);
    }

    @ParameterizedTest
    @CsvSource({"lora,3,0", "lora,2,0", "lora,3,4", "full,3,0"})
    void forkedRun_equalsTheOneThatTrainedAlone(String method, int step, int further) throws IOException {
        List<String> low = words(method, "2e-3");
        Path alone = folder.resolve("alone");
        assertThat(Runs.train(low, alone, () -> false).status()).isEqualTo(RunResult.Status.FINISHED);
        Path parent = folder.resolve("parent");
        List<String> high = words(method, "4e-3");
        Runs.train(high, parent, Runs.after(step));
        if (further > 0) {
            // a parent that has gone on: its later updates are cut off in the child
            assertThat(Runs.resume(high, parent, Runs.after(further)).steps()).isEqualTo(step + further);
        }
        Path child = folder.resolve("child");
        RunFork.make(Runs.prepare(low), parent, step, child, CLOCK);
        assertThat(RunFork.read(child)).isEqualTo(new RunFork("parent", step));
        assertThat(RunFork.saved(child)).isEqualTo(step);
        assertThat(Runs.steps(child)).hasSize(step);
        RunResult result = Runs.resume(low, child, () -> false);
        assertThat(result).isEqualTo(RunResult.fromJson(Runs.json(alone.resolve("result.json"))));
        assertThat(Runs.numbers(child)).isEqualTo(Runs.numbers(alone));
        assertThat(Runs.steps(child)).hasSize((int) UPDATES);
        assertThat(Runs.evaluations(child)).isEqualTo(6);
        assertThat(EventReader.rows(child)).isEqualTo(EventReader.rows(alone)).hasSize(6);
        assertThat(Files.readString(child.resolve("samples.jsonl")))
                .isEqualTo(Files.readString(alone.resolve("samples.jsonl")))
                .isNotEmpty();
        assertThat(Runs.content(child, UPDATES)).isEqualTo(Runs.content(alone, UPDATES));
        assertThat(Files.readString(child.resolve("config.yaml")))
                .isEqualTo(Files.readString(alone.resolve("config.yaml")));
        assertThat(Runs.json(child.resolve("plan.json"))).isEqualTo(Runs.json(alone.resolve("plan.json")));
        // and the parent is none the worse
        Path parentAlone = folder.resolve("parent-alone");
        Runs.train(high, parentAlone, () -> false);
        Runs.resume(high, parent, () -> false);
        assertThat(Runs.numbers(parent)).isEqualTo(Runs.numbers(parentAlone));
    }

    @Test
    void make_overTheRestOfAKilledOne_makesItAgain() throws IOException {
        Path parent = folder.resolve("parent");
        Runs.train(words("lora", "4e-3"), parent, Runs.after(3));
        Path rest = folder.resolve("child.forking").resolve("checkpoints");
        Files.createDirectories(rest);
        Files.writeString(rest.resolve("step-000003"), "half");
        Path child = folder.resolve("child");
        RunFork.make(Runs.prepare(words("lora", "2e-3")), parent, 3, child, CLOCK);
        assertThat(RunFork.saved(child)).isEqualTo(3);
        assertThat(folder.resolve("child.forking")).doesNotExist();
    }

    @Test
    void make_whereTheRatesDiffer_isRefused() {
        Path parent = folder.resolve("parent");
        Runs.train(words("lora", "4e-3"), parent, Runs.after(5));
        Preparation low = Runs.prepare(words("lora", "2e-3"));
        assertThatThrownBy(() -> RunFork.make(low, parent, 5, folder.resolve("child"), CLOCK))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("update 5 of ");
        assertThatThrownBy(() -> RunFork.make(low, parent, 3, folder.resolve("child"), CLOCK))
                .hasMessageContaining("has no checkpoint of step 3");
        assertThat(folder.resolve("child")).doesNotExist();
        assertThat(RunFork.read(parent)).isNull();
        assertThat(RunFork.savedUpTo(parent, 3)).hasValue(2);
    }

    private static List<String> words(String method, String lr) {
        return List.of(
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
                lr,
                "--warmup-slope",
                "5e-4",
                "--steps",
                Long.toString(UPDATES),
                "--threads",
                "1",
                "--batch",
                "4",
                "--micro-batch",
                "2",
                "--keep-last",
                "5",
                "--eval-every",
                "2",
                "--save-every",
                "2",
                "--guard",
                "early-stop=off",
                "--val-generate",
                "2",
                "--max-new-tokens",
                "4");
    }
}
