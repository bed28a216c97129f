package dev.stride.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.Child;
import dev.stride.Slow;
import dev.stride.SmallFiles;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.StepEvent;
import dev.stride.experiment.VerdictEvent;
import dev.stride.train.Runs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** {@code sweep --nproc 2}: every trial is trained by two processes, and the sweep's own process decides about it. */
@EnabledOnOs(
        value = OS.LINUX,
        disabledReason = "signals are sent by kill, and ranks are told apart by their environment")
@Timeout(600)
class SweepRanksTest {
    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static SmallFiles files;

    @BeforeAll
    static void write() {
        files = SmallFiles.write(shared, 23, 20, 6, 21);
    }

    @Test
    void trials_ofTwoProcesses_learnWhatOneProcessLearns() throws Exception {
        List<String> words = words("--lrs", "1e-3,1e-2", "--steps", "4", "--prune", "off");
        Path one = folder.resolve("one");
        Path two = folder.resolve("two");
        assertThat(ended(start(words, one, "--together", "1")).status()).isZero();
        Child.Ended ranked = ended(start(words, two, "--nproc", "2"));
        assertThat(ranked.status()).as(ranked.err()).isZero();
        assertThat(lr(two)).isEqualTo(lr(one));
        for (String trial : List.of("lr-1e-3", "lr-1e-2")) {
            assertThat(Runs.json(run(two, trial).resolve("plan.json"))
                            .at("/environment/ranks")
                            .asInt())
                    .isEqualTo(2);
            List<StepEvent> expected = Runs.steps(run(one, trial));
            List<StepEvent> steps = Runs.steps(run(two, trial));
            assertThat(steps).hasSize(4).hasSameSizeAs(expected);
            for (int i = 0; i < steps.size(); i++) {
                double loss = expected.get(i).loss();
                assertThat(steps.get(i).loss()).isCloseTo(loss, within(1e-5 * loss));
                assertThat(steps.get(i).lr()).isEqualTo(expected.get(i).lr());
            }
        }
    }

    @Slow
    @Test
    void aLosingTrial_isPrunedOnAllItsRanks() throws Exception {
        Path sweep = folder.resolve("sweep");
        List<String> words = words("--lrs", "1e-7,3e-2,1e-1", "--steps", "16", "--prune", "median");
        Child.Ended ended = ended(start(words, sweep, "--nproc", "2"));
        assertThat(ended.status()).as(ended.err()).isZero();
        assertThat(status(sweep, "lr-3e-2")).isEqualTo("finished");
        assertThat(status(sweep, "lr-1e-7")).isEqualTo("pruned");
        Path loser = run(sweep, "lr-1e-7");
        assertThat(RunResult.fromJson(Runs.json(loser.resolve("result.json"))).status())
                .isEqualTo(RunResult.Status.STOPPED);
        assertThat(Runs.steps(loser)).hasSizeLessThan(16);
        assertThat(Runs.events(loser)).last().isInstanceOf(VerdictEvent.class);
    }

    @Slow
    @Test
    void aKilledRank_failsItsTrialWithItsName_andNotTheSweep() throws Exception {
        Path sweep = folder.resolve("sweep");
        List<String> words = words("--lrs", "1e-3,1e-2", "--steps", "40", "--prune", "off", "--save-every", "4");
        Process process = start(words, sweep, "--nproc", "2");
        Child.awaitLines(process, log(), run(sweep, "lr-1e-3").resolve("events.jsonl"), 10);
        Child.signal("KILL", Child.rank(process, 1).pid());
        Child.Ended ended = ended(process);
        assertThat(ended.err()).contains("lr-1e-3: failed").contains("rank 1 ");
        assertThat(status(sweep, "lr-1e-3")).isEqualTo("failed");
        assertThat(status(sweep, "lr-1e-2")).isEqualTo("finished");
        Child.Ended resumed = ended(Child.start(
                log(),
                List.of("-Xmx256m"),
                Main.class,
                List.of("sweep", "--resume", sweep.toString(), "--nproc", "2")));
        assertThat(resumed.status()).as(resumed.err()).isZero();
        assertThat(status(sweep, "lr-1e-3")).isEqualTo("finished");
        assertThat(Runs.steps(run(sweep, "lr-1e-3"))).hasSize(40);
    }

    @Slow
    @Test
    void restarts_letATrialGoOn() throws Exception {
        Path sweep = folder.resolve("sweep");
        List<String> words = words("--lrs", "1e-2", "--steps", "40", "--prune", "off", "--save-every", "4");
        Process process = start(words, sweep, "--nproc", "2", "--max-restarts", "1");
        Child.awaitLines(process, log(), run(sweep, "lr-1e-2").resolve("events.jsonl"), 10);
        Child.signal("KILL", Child.rank(process, 0).pid());
        Child.Ended ended = ended(process);
        assertThat(ended.status()).as(ended.err()).isZero();
        assertThat(Runs.steps(run(sweep, "lr-1e-2"))).hasSize(40);
    }

    @Slow
    @Test
    void anInterruption_savesTheTrial_andTheSweepGoesOn() throws Exception {
        Path sweep = folder.resolve("sweep");
        List<String> words = words("--lrs", "1e-3,1e-2", "--steps", "40", "--prune", "off");
        Process process = start(words, sweep, "--nproc", "2");
        Child.awaitLines(process, log(), run(sweep, "lr-1e-3").resolve("events.jsonl"), 10);
        Child.signal("TERM", process.pid());
        Child.Ended ended = ended(process);
        assertThat(ended.status()).as(ended.err()).isEqualTo(ExitStatus.INTERRUPTED);
        assertThat(status(sweep, "lr-1e-3")).isEqualTo("interrupted");
        long saved = Runs.steps(run(sweep, "lr-1e-3")).size();
        assertThat(saved).isBetween(1L, 39L);
        Child.Ended resumed = ended(
                Child.start(log(), List.of("-Xmx256m"), Main.class, List.of("sweep", "--resume", sweep.toString())));
        assertThat(resumed.status()).as(resumed.err()).isZero();
        for (String trial : List.of("lr-1e-3", "lr-1e-2")) {
            assertThat(status(sweep, trial)).isEqualTo("finished");
            assertThat(Runs.steps(run(sweep, trial))).hasSize(40);
        }
    }

    private static List<String> words(String... more) {
        List<String> words = new ArrayList<>(files.flags());
        words.addAll(List.of("--task", "dialogue", "--lora-targets", "all", "--lora-dropout", "0", "--batch", "5"));
        words.addAll(List.of("--eval-every", "2", "--val-generate", "0", "--threads", "1", "--grow", "off"));
        words.addAll(List.of(more));
        return words;
    }

    private Process start(List<String> words, Path sweep, String... more) {
        List<String> command = new ArrayList<>(List.of("sweep", "--out", sweep.toString()));
        command.addAll(words);
        command.addAll(List.of(more));
        return Child.start(log(), List.of("-Xmx256m"), Main.class, command);
    }

    private Child.Ended ended(Process process) throws InterruptedException {
        return Child.await(process, log());
    }

    private Path log() {
        return folder.resolve("log");
    }

    private static Path run(Path sweep, String trial) {
        return sweep.resolve("trials").resolve(trial);
    }

    private static double lr(Path sweep) {
        return Runs.json(sweep.resolve("sweep.json")).at("/answer/lr").asDouble();
    }

    private static String status(Path sweep, String trial) {
        for (JsonNode one : Runs.json(sweep.resolve("sweep.json")).get("trials")) {
            if (one.get("name").asText().equals(trial)) {
                return one.get("status").asText();
            }
        }
        return "absent";
    }
}
