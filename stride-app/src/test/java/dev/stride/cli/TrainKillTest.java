package dev.stride.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.Child;
import dev.stride.SmallFiles;
import dev.stride.experiment.LiveState;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.RunRequest;
import dev.stride.experiment.RunRequests;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.StepEvent;
import dev.stride.experiment.VerdictEvent;
import dev.stride.recipe.RunPlan;
import dev.stride.train.LrController;
import dev.stride.train.Runs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Real processes of the command line are killed or interrupted and gone on with. What they leave in the end is what a run
 * leaves that nothing ever happened to, in another process: all digits of losses, rates and norms, all bytes of the last
 * checkpoint.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "signals are sent by kill")
class TrainKillTest {
    private static final int UPDATES = 40;
    private static final int SAVE_EVERY = 3;

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static SmallFiles files;

    @BeforeAll
    static void write() {
        files = SmallFiles.write(shared, 23, 20, 4, 21);
    }

    @ParameterizedTest
    @ValueSource(strings = {"full", "lora"})
    void killedAtRandomMoments_endsAsIfNothingHadHappened(String method) throws Exception {
        Path whole = folder.resolve("whole");
        assertThat(Runs.train(words(method), whole, () -> false).status()).isEqualTo(RunResult.Status.FINISHED);
        Path run = folder.resolve("run");
        Random random = new Random(method.hashCode());
        Process child = start(Runs.with(words(method), "--out", run.toString()));
        // the first kill comes before anything was saved, the others anywhere, also in the middle of a save
        int[] moments = {1, 4 + random.nextInt(12), 24 + random.nextInt(16)};
        List<Integer> reached = new ArrayList<>();
        for (int moment : moments) {
            Child.awaitLines(child, log(), run.resolve("events.jsonl"), moment);
            Thread.sleep(random.nextInt(moment == 1 ? 1 : 60));
            child.toHandle().destroyForcibly();
            child.waitFor();
            reached.add(Child.lines(run.resolve("events.jsonl")));
            assertThat(run.resolve("result.json"))
                    .as("the child was killed, it did not end")
                    .doesNotExist();
            child = start(List.of("--resume", run.toString()));
        }
        Child.Ended ended = Child.await(child, log());
        assertThat(ended.status()).as(ended.err()).isZero();
        assertThat(reached.get(2))
                .as("lines of events at each kill: %s", reached)
                .isGreaterThan(reached.get(0));
        check(run, whole);
    }

    @Test
    void interruptedBySignal_savesExits130AndGoesOnExactly() throws Exception {
        List<String> words = words("lora");
        Path whole = folder.resolve("whole");
        Runs.train(words, whole, () -> false);
        Path run = folder.resolve("run");
        Process child = start(Runs.with(words, "--out", run.toString()));
        Child.awaitLines(child, log(), run.resolve("events.jsonl"), 11);
        assertThat(new ProcessBuilder("kill", "-INT", Long.toString(child.pid()))
                        .start()
                        .waitFor())
                .isZero();
        Child.Ended interrupted = Child.await(child, log());
        assertThat(interrupted.status()).as(interrupted.err()).isEqualTo(ExitStatus.INTERRUPTED);
        assertThat(interrupted.err()).contains("finishing what is under way and saving");
        RunResult result = RunResult.fromJson(Runs.json(run.resolve("result.json")));
        assertThat(result.status()).isEqualTo(RunResult.Status.INTERRUPTED);
        assertThat(result.steps()).isBetween(8L, UPDATES - 1L);
        assertThat(Runs.saves(run)).last().isEqualTo(result.steps());
        assertThat(interrupted.out()).contains("interrupted after step " + result.steps());
        assertThat(Runs.resume(words, run, () -> false).status()).isEqualTo(RunResult.Status.FINISHED);
        check(run, whole);
    }

    /** A rate that a person halved stays halved after a kill, from the update that the event names on. */
    @Test
    void halvedByAPerson_thenKilled_goesOnAtHalfTheRate_andThenStopsWhenAsked() throws Exception {
        List<String> words = words("lora").stream()
                .map(word -> word.equals(Integer.toString(UPDATES)) ? "400" : word)
                .map(word -> word.equals(Integer.toString(SAVE_EVERY)) ? "100" : word)
                .toList();
        Path run = folder.resolve("run");
        Process child = start(Runs.with(words, "--out", run.toString()));
        Child.awaitLines(child, log(), run.resolve("events.jsonl"), 3);
        RunRequests.ask(run, new RunRequest(RunRequest.Action.HALVE, "", "test", Instant.now()));
        while (verdicts(run).isEmpty()) {
            assertThat(child.isAlive()).isTrue();
            Thread.sleep(2);
        }
        assertThat(LiveState.read(run)).isNotNull().matches(state -> !state.ended());
        child.toHandle().destroyForcibly();
        child.waitFor();
        assertThat(run.resolve("result.json")).doesNotExist();
        long halved = verdicts(run).get(0).step();
        assertThat(halved).isLessThan(400);

        Process second = start(List.of("--resume", run.toString()));
        Child.awaitLines(second, log(), run.resolve("events.jsonl"), (int) halved + 20);
        RunRequests.ask(run, new RunRequest(RunRequest.Action.STOP, "", "test", Instant.now()));
        Child.Ended ended = Child.await(second, log());
        assertThat(ended.status()).as(ended.err()).isEqualTo(ExitStatus.INTERRUPTED);
        RunResult stopped = RunResult.fromJson(Runs.json(run.resolve("result.json")));
        assertThat(stopped.status()).isEqualTo(RunResult.Status.INTERRUPTED);
        assertThat(stopped.reason()).startsWith("stopped by a person (test)");
        assertThat(stopped.steps()).isLessThan(400);

        assertThat(Runs.resume(words, run, () -> false).status()).isEqualTo(RunResult.Status.FINISHED);
        assertThat(verdicts(run)).extracting(VerdictEvent::action).containsExactly("reduce-lr", "stop");
        RunPlan plan = Runs.prepare(words).plan();
        LrController controller = new LrController(plan.schedule(), plan.groups());
        List<StepEvent> steps = Runs.steps(run);
        assertThat(steps).hasSize(400);
        for (StepEvent step : steps) {
            double factor = step.step() > halved ? 0.5 : 1;
            Map<String, Double> planned = new TreeMap<>(controller.rates(step.step()));
            planned.replaceAll((group, rate) -> rate * factor);
            assertThat(new TreeMap<>(step.lr())).as("update %s", step.step()).isEqualTo(planned);
        }
        assertThat(LiveState.read(run)).isNotNull().matches(LiveState::ended);
    }

    private static List<VerdictEvent> verdicts(Path run) throws IOException {
        List<VerdictEvent> verdicts = new ArrayList<>();
        // the last line may be half-written
        for (String line : Files.readAllLines(run.resolve("events.jsonl"))) {
            if (line.contains("\"verdict\"") && line.endsWith("}")) {
                verdicts.add((VerdictEvent) RunEvent.fromJson(new ObjectMapper().readTree(line)));
            }
        }
        return verdicts;
    }

    private static void check(Path run, Path whole) {
        assertThat(Runs.steps(whole)).hasSize(UPDATES);
        assertThat(Runs.numbers(run)).isEqualTo(Runs.numbers(whole));
        assertThat(Runs.content(run, UPDATES)).isEqualTo(Runs.content(whole, UPDATES));
        assertThat(RunResult.fromJson(Runs.json(run.resolve("result.json"))))
                .isEqualTo(RunResult.fromJson(Runs.json(whole.resolve("result.json"))));
    }

    private Process start(List<String> words) {
        return Child.start(
                log(), List.of("-Xmx256m"), Main.class, Runs.with(List.of("train"), words.toArray(new String[0])));
    }

    private Path log() {
        return folder.resolve("child");
    }

    private static List<String> words(String method) {
        return List.of(
                "--model",
                files.model().toString(),
                "--data",
                files.rows().toString(),
                "--val",
                files.validation().toString(),
                "--method",
                method,
                "--lr",
                "1e-3",
                "--warmup",
                "4",
                "--steps",
                Integer.toString(UPDATES),
                "--batch",
                "4",
                "--micro-batch",
                "2",
                "--save-every",
                Integer.toString(SAVE_EVERY),
                "--keep-last",
                "2",
                "--eval-every",
                "8",
                "--val-generate",
                "0",
                "--threads",
                "1");
    }
}
