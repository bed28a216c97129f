package dev.stride.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.Child;
import dev.stride.SmallFiles;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.StepEvent;
import dev.stride.experiment.StubMlflow;
import dev.stride.train.Runs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole trainings with a server beside them that keeps what MLflow would keep. */
class MlflowVerbsTest {
    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static SmallFiles files;

    private final StubMlflow stub = new StubMlflow();

    @BeforeAll
    static void write() {
        files = SmallFiles.write(shared, 24, 20, 12, 21);
    }

    @AfterEach
    void stop() {
        stub.close();
    }

    private static List<Object> words(String verb, Object... more) {
        List<Object> words = new ArrayList<>(
                List.of(verb, "--model", files.model(), "--data", files.rows(), "--val", files.validation()));
        words.addAll(List.of("--task", "dialogue", "--lora-rank", 4, "--lora-alpha", 8, "--lora-targets", "all"));
        words.addAll(List.of("--batch", 4, "--steps", 8, "--eval-every", 4, "--val-generate", 0, "--threads", 1));
        words.addAll(Arrays.asList(more));
        return words;
    }

    private static VerbRun run(List<Object> words) {
        return VerbRun.of(words.toArray());
    }

    private static List<Long> upTo(long last) {
        return LongStream.rangeClosed(1, last).boxed().toList();
    }

    /** What the server has is what the run wrote, bit for bit. */
    private static void same(StubMlflow.Run there, Path here) {
        List<StepEvent> steps = Runs.steps(here);
        assertThat(steps).isNotEmpty();
        assertThat(there.steps("train/loss"))
                .isEqualTo(steps.stream().map(StepEvent::step).toList());
        assertThat(there.values("train/loss"))
                .isEqualTo(steps.stream().map(StepEvent::loss).toList());
        assertThat(there.values("train/grad_norm"))
                .isEqualTo(steps.stream().map(StepEvent::gradNorm).toList());
        for (String group : steps.get(0).lr().keySet()) {
            assertThat(there.values("lr/" + group))
                    .isEqualTo(steps.stream()
                            .map(step -> Objects.requireNonNull(step.lr().get(group)))
                            .toList());
        }
        List<EvalEvent> evals = Runs.events(here).stream()
                .filter(EvalEvent.class::isInstance)
                .map(EvalEvent.class::cast)
                .toList();
        assertThat(there.values("eval/loss"))
                .isEqualTo(evals.stream().map(EvalEvent::loss).toList())
                .isNotEmpty();
    }

    /** The server answers its first call only when the run's result is written. */
    @Test
    void train_isNotHeldUpByAServer_andIsTheSameRunAsWithoutOne() throws IOException {
        Path out = folder.resolve("run");
        stub.judge((call, body) -> {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(100);
            while (!Files.exists(out.resolve("result.json"))) {
                assertThat(System.nanoTime())
                        .as("the training waits for the server")
                        .isLessThan(end);
                Thread.sleep(5);
            }
            return StubMlflow.Fate.HEARD;
        });
        VerbRun with = run(words("train", "--lr", "3e-3", "--out", out, "--mlflow", stub.uri()));
        assertThat(with.status()).as(with.err()).isZero();
        assertThat(with.err()).contains("mlflow: " + stub.uri() + "/#/experiments/1/runs/run-1");
        same(stub.run("run"), out);
        assertThat(stub.run("run").status).isEqualTo("FINISHED");
        assertThat(stub.run("run").params)
                .containsEntry("lr", "0.003")
                .containsEntry("optimizer.lr", "3e-3")
                .containsEntry("updates", "8")
                .containsEntry("lora.rank", "4")
                .containsEntry("train.seed", "42");
        assertThat(stub.run("run").params.keySet()).noneMatch(key -> key.startsWith("output."));
        assertThat(stub.run("run").files.keySet())
                .containsExactlyInAnyOrder("config.yaml", "plan.json", "result.json", "report.html", "report.png");
        assertThat(Files.readString(out.resolve("config.yaml"))).doesNotContain("mlflow", stub.uri());
        Path without = folder.resolve("without");
        assertThat(run(words("train", "--lr", "3e-3", "--out", without)).status())
                .isZero();
        assertThat(Runs.numbers(without)).isEqualTo(Runs.numbers(out)).isNotEmpty();
    }

    @Test
    void train_withAServerThatIsAway_isWhole_andReportSendsItLater() {
        stub.stop();
        Path out = folder.resolve("run");
        VerbRun away = run(words("train", "--out", out, "--mlflow", stub.uri(), "--mlflow-experiment", "my 实验"));
        assertThat(away.status()).as(away.err()).isZero();
        assertThat(away.err().lines().filter(line -> line.startsWith("mlflow: ")))
                .hasSizeBetween(1, 2)
                .last()
                .asString()
                .contains("Later: stride report " + out + " --mlflow " + stub.uri() + " --mlflow-experiment 'my 实验'");
        assertThat(away.err()).doesNotContain("Exception in", "\tat ");
        stub.start();
        VerbRun later = VerbRun.of("report", out, "--mlflow", stub.uri(), "--mlflow-experiment", "my 实验");
        assertThat(later.status()).as(later.err()).isZero();
        assertThat(later.out()).contains(stub.uri() + ": experiment 1 (my 实验), run run-1, ");
        same(stub.run("run"), out);
        VerbRun again = VerbRun.of("report", out, "--mlflow", stub.uri(), "--json");
        assertThat(again.json().at("/runs/0/mlflow/experiment").asText())
                .as("the experiment from before")
                .isEqualTo("my 实验");
        assertThat(again.json().at("/runs/0/mlflow/metrics").asInt(-1)).isZero();
        assertThat(stub.runs).hasSize(1);
    }

    @Test
    void resume_sendsTheRest_withoutBeingTold() {
        Path out = folder.resolve("run");
        stub.judge((call, body) -> call.equals("runs/log-batch") ? StubMlflow.Fate.BUSY : StubMlflow.Fate.HEARD);
        VerbRun first = run(words("train", "--out", out, "--mlflow", stub.uri()));
        assertThat(first.status()).as(first.err()).isZero();
        assertThat(stub.run("run").metrics).isEmpty();
        stub.judge((call, body) -> StubMlflow.Fate.HEARD);
        VerbRun resumed = VerbRun.of("train", "--resume", out);
        assertThat(resumed.status()).as(resumed.err()).isZero();
        same(stub.run("run"), out);
        assertThat(stub.runs).hasSize(1);
        assertThat(stub.run("run").status).isEqualTo("FINISHED");
    }

    /** Killed in the middle without a word: its updates since the last save are made again, and stand there once. */
    @Test
    void killedRun_goesOnAsTheSameRunThere() throws Exception {
        Path out = folder.resolve("run");
        List<String> words =
                words("train", "--save-every", 10, "--out", out, "--mlflow", stub.uri(), "--log-every", 1).stream()
                        .map(String::valueOf)
                        .toList();
        List<String> longer = new ArrayList<>(words);
        longer.set(longer.indexOf("--steps") + 1, "150");
        longer.set(longer.indexOf("--eval-every") + 1, "30");
        Path log = folder.resolve("child");
        Process child = Child.start(log, List.of(), Main.class, longer);
        try {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(100);
            while (stub.runs.isEmpty() || stub.run("run").steps("train/loss").isEmpty()) {
                assertThat(System.nanoTime()).as("the child trains").isLessThan(end);
                Thread.sleep(5);
            }
        } finally {
            child.destroyForcibly().waitFor();
        }
        int before = stub.run("run").steps("train/loss").size();
        assertThat(before).isBetween(1, 149);
        assertThat(stub.run("run").status).isEqualTo("RUNNING");
        VerbRun resumed = VerbRun.of("train", "--resume", out);
        assertThat(resumed.status()).as(resumed.err()).isZero();
        assertThat(stub.runs).hasSize(1);
        assertThat(stub.run("run").steps("train/loss")).isEqualTo(upTo(150));
        same(stub.run("run"), out);
    }

    @Test
    void sweep_isARunWithItsTrialsBelow_whileItGoesOn() {
        Path out = folder.resolve("sweep");
        VerbRun sweep = run(words(
                "sweep",
                "--lrs",
                "1e-4,1e-3",
                "--grow",
                "off",
                "--prune",
                "off",
                "--out",
                out,
                "--mlflow",
                stub.uri()));
        assertThat(sweep.status()).as(sweep.err()).isZero();
        StubMlflow.Run parent = stub.run("sweep");
        assertThat(stub.runs).hasSize(3);
        for (String name : List.of("lr-1e-4", "lr-1e-3")) {
            StubMlflow.Run trial = stub.run(name);
            assertThat(trial.tags)
                    .containsEntry("mlflow.parentRunId", parent.id)
                    .containsEntry("stride.sweep", "sweep")
                    .containsEntry("stride.status", "finished");
            assertThat(trial.status).isEqualTo("FINISHED");
            same(trial, out.resolve("trials").resolve(name));
            assertThat(trial.files.keySet()).contains("config.yaml", "report.html");
        }
        assertThat(stub.run("lr-1e-4").params).containsEntry("lr", "1.0E-4").containsEntry("seed", "42");
        assertThat(parent.status).isEqualTo("FINISHED");
        assertThat(parent.params).containsEntry("vary", "lr").containsEntry("metric", "loss");
        assertThat(parent.tags.get("mlflow.note.content")).contains("LoRA r4");
        assertThat(parent.values("updates/made")).last().isEqualTo(16.0);
        assertThat(parent.files.keySet()).contains("sweep.yaml", "sweep.json", "report.html", "report.png");
        int calls = stub.calls.size();
        VerbRun again = VerbRun.of("report", out, "--mlflow", stub.uri(), "--json");
        assertThat(again.status()).as(again.err()).isZero();
        assertThat(again.json().at("/mlflow/run_id").asText()).isEqualTo(parent.id);
        assertThat(stub.runs).hasSize(3);
        assertThat(stub.calls.size()).isGreaterThan(calls);
        same(stub.run("lr-1e-3"), out.resolve("trials/lr-1e-3"));
    }

    @Test
    void addressThatIsNone_exits2BeforeAnythingIsDone() {
        Path out = folder.resolve("run");
        for (String verb : List.of("train", "sweep")) {
            VerbRun said = run(words(verb, "--out", out, "--mlflow", "127.0.0.1:5000"));
            assertThat(said.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
            assertThat(said.err()).contains("--mlflow 127.0.0.1:5000", "http://127.0.0.1:5000");
            assertThat(out).doesNotExist();
        }
        VerbRun lone = run(words("train", "--out", out, "--mlflow-experiment", "x"));
        assertThat(lone.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(lone.err()).contains("--mlflow-experiment x", "give --mlflow URL too");
        assertThat(out).doesNotExist();
    }

    @Test
    void newRunIntoTheFolderOfAnOldOne_sendsNothing() {
        Path out = folder.resolve("run");
        assertThat(run(words("train", "--out", out)).status()).isZero();
        VerbRun second = run(words("train", "--out", out, "--mlflow", stub.uri()));
        assertThat(second.status()).isEqualTo(ExitStatus.WRONG_REQUEST);
        assertThat(stub.calls).isEmpty();
        assertThat(out.resolve("mlflow.json")).doesNotExist();
    }
}
