package dev.stride.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.SmallFiles;
import dev.stride.TestTools;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.StepEvent;
import dev.stride.report.SyntheticSweep;
import dev.stride.train.Runs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a real MLflow server says of trainings and sweeps that were sent to it. */
class RealMlflowTest {
    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static MlflowServer server;
    private static SmallFiles files;

    @BeforeAll
    static void start() throws Exception {
        Path tools = TestTools.require();
        server = new MlflowServer(tools, shared);
        files = SmallFiles.write(shared, 24, 20, 12, 21);
    }

    @AfterAll
    static void end() throws Exception {
        if (server != null) {
            server.close();
        }
    }

    private static VerbRun run(String verb, Object... more) {
        List<Object> words = new ArrayList<>(
                List.of(verb, "--model", files.model(), "--data", files.rows(), "--val", files.validation()));
        words.addAll(List.of("--task", "dialogue", "--lora-rank", 4, "--lora-alpha", 8, "--lora-targets", "all"));
        words.addAll(List.of("--batch", 4, "--steps", 8, "--eval-every", 4, "--threads", 1));
        words.addAll(List.of("--val-generate", 2, "--max-new-tokens", 4, "--mlflow", server.uri()));
        words.addAll(Arrays.asList(more));
        return VerbRun.of(words.toArray());
    }

    private static MlflowServer.Run only(String experiment, String filter) {
        List<MlflowServer.Run> runs = server.runs(experiment, filter);
        assertThat(runs).hasSize(1);
        return runs.get(0);
    }

    private static <T> List<Map.Entry<Long, Double>> series(
            List<T> events, Function<T, Long> step, Function<T, Double> value) {
        return events.stream()
                .map(event -> Map.entry(step.apply(event), value.apply(event)))
                .toList();
    }

    /** Every value of every update and evaluation is there once, bit for bit. */
    private static void same(MlflowServer.Run there, Path here) {
        List<StepEvent> steps = Runs.steps(here);
        List<EvalEvent> evals = Runs.events(here).stream()
                .filter(EvalEvent.class::isInstance)
                .map(EvalEvent.class::cast)
                .toList();
        assertThat(steps).isNotEmpty();
        assertThat(evals).isNotEmpty();
        assertThat(server.history(there, "train/loss")).isEqualTo(series(steps, StepEvent::step, StepEvent::loss));
        assertThat(server.history(there, "train/grad_norm"))
                .isEqualTo(series(steps, StepEvent::step, StepEvent::gradNorm));
        for (String group : steps.get(0).lr().keySet()) {
            assertThat(server.history(there, "lr/" + group))
                    .isEqualTo(series(
                            steps,
                            StepEvent::step,
                            step -> Objects.requireNonNull(step.lr().get(group))));
        }
        assertThat(server.history(there, "eval/loss")).isEqualTo(series(evals, EvalEvent::step, EvalEvent::loss));
        for (String score : evals.get(0).scores().keySet()) {
            assertThat(server.history(there, "eval/" + score))
                    .isEqualTo(series(
                            evals,
                            EvalEvent::step,
                            eval -> Objects.requireNonNull(eval.scores().get(score))));
        }
    }

    @Test
    void training_isARunThere_withEverythingThatItWrote() throws IOException {
        Path out = folder.resolve("first");
        VerbRun trained = run("train", "--lr", "3e-3", "--out", out, "--mlflow-experiment", "real <实验> & \"1\"");
        assertThat(trained.status()).as(trained.err()).isZero();
        MlflowServer.Run there = only("real <实验> & \"1\"", "");
        assertThat(trained.err()).contains("mlflow: " + server.uri() + "/#/experiments/", "/runs/" + there.id());
        assertThat(there.info().path("status").asText()).isEqualTo("FINISHED");
        assertThat(there.info().path("run_name").asText()).isEqualTo("first");
        assertThat(there.info().path("end_time").asLong())
                .isGreaterThan(there.info().path("start_time").asLong());
        assertThat(there.params())
                .containsEntry("lr", "0.003")
                .containsEntry("lora.rank", "4")
                .containsEntry("updates", "8");
        JsonNode settings = Runs.json(out.resolve("plan.json")).path("config");
        int compared = 0;
        for (Map.Entry<String, JsonNode> setting : settings.properties()) {
            String value = there.params().get(setting.getKey());
            if (value != null) {
                assertThat(value).isEqualTo(setting.getValue().path("value").asText());
                compared++;
            }
        }
        assertThat(compared).isGreaterThan(40);
        assertThat(there.tags())
                .containsEntry("stride.status", "finished")
                .containsEntry("mlflow.source.name", "stride")
                .containsKeys("stride.java", "stride.libtorch");
        same(there, out);
        List<String> files = List.of("config.yaml", "plan.json", "report.html", "report.png", "result.json");
        assertThat(server.files(there)).containsExactlyInAnyOrderElementsOf(files);
        for (String file : List.of("config.yaml", "plan.json", "report.html", "result.json")) {
            assertThat(server.file(there, file)).as(file).isEqualTo(Files.readString(out.resolve(file)));
        }
    }

    @Test
    void sweep_isARunWithItsTrialsBelow() {
        Path out = folder.resolve("rates");
        VerbRun sweep = run(
                "sweep",
                "--lrs",
                "1e-4,1e-3",
                "--grow",
                "off",
                "--prune",
                "off",
                "--out",
                out,
                "--mlflow-experiment",
                "a sweep");
        assertThat(sweep.status()).as(sweep.err()).isZero();
        MlflowServer.Run parent = only("a sweep", "tags.`stride.kind` = 'sweep'");
        List<MlflowServer.Run> trials = server.runs("a sweep", "tags.`mlflow.parentRunId` = '" + parent.id() + "'");
        assertThat(trials).hasSize(2);
        assertThat(server.runs("a sweep", "")).hasSize(3);
        for (MlflowServer.Run trial : trials) {
            String name = trial.info().path("run_name").asText();
            same(trial, out.resolve("trials").resolve(name));
            assertThat(trial.params()).containsEntry("optimizer.lr", name.substring(3));
            assertThat(trial.info().path("status").asText()).isEqualTo("FINISHED");
        }
        assertThat(parent.metrics()).contains("answer/lr", "updates/made");
        assertThat(parent.tags().get("mlflow.note.content"))
                .isEqualTo(Runs.json(out.resolve("sweep.json"))
                        .at("/answer/sentence")
                        .asText())
                .isNotEmpty();
        assertThat(server.files(parent)).contains("sweep.json", "report.html");
    }

    @Test
    void recordedSweep_isSentByReport_withItsEnds_andAgainChangesNothing() {
        Path sweep = SyntheticSweep.write(folder.resolve("rates"));
        for (int time = 0; time < 2; time++) {
            VerbRun report = VerbRun.of("report", sweep, "--mlflow", server.uri(), "--mlflow-experiment", "recorded");
            assertThat(report.status()).as(report.err()).isZero();
            assertThat(server.runs("recorded", "")).hasSize(8);
        }
        Map<String, String> ends = Map.of(
                "lr-3e-5",
                "KILLED",
                "lr-1e-4",
                "FINISHED",
                "lr-3e-4",
                "FINISHED",
                "lr-1e-3",
                "FINISHED",
                "lr-3e-3",
                "FINISHED",
                "lr-1e-2",
                "FINISHED",
                "lr-3e-2",
                "FAILED");
        int seen = 0;
        for (MlflowServer.Run run : server.runs("recorded", "tags.`stride.kind` = 'trial'")) {
            String name = run.info().path("run_name").asText();
            assertThat(run.info().path("status").asText()).as(name).isEqualTo(ends.get(name));
            List<StepEvent> steps = Runs.steps(sweep.resolve("trials").resolve(name));
            assertThat(server.history(run, "lr/decay"))
                    .as(name)
                    .isEqualTo(series(
                            steps,
                            StepEvent::step,
                            step -> Objects.requireNonNull(step.lr().get("decay"))));
            seen++;
        }
        assertThat(seen).isEqualTo(7);
    }

    /** A whole cursor that was lost is as bad as every answer lost: everything is sent again to the same run. */
    @Test
    void everythingSentAgain_standsThereOnce() throws IOException {
        Path out = folder.resolve("twice");
        assertThat(run("train", "--out", out, "--mlflow-experiment", "twice").status())
                .isZero();
        Path cursor = out.resolve("mlflow.json");
        ObjectMapper json = new ObjectMapper();
        ObjectNode document = (ObjectNode) json.readTree(Files.readString(cursor));
        ObjectNode own =
                (ObjectNode) document.path("servers").path(server.uri()).path("twice");
        assertThat(own.path("bytes").longValue()).isEqualTo(Files.size(out.resolve("events.jsonl")));
        own.retain("experiment_id", "run_id", "start", "id");
        Files.writeString(cursor, document.toString());
        VerbRun again = VerbRun.of("report", out, "--mlflow", server.uri(), "--json");
        assertThat(again.status()).as(again.err()).isZero();
        MlflowServer.Run there = only("twice", "");
        same(there, out);
        assertThat(server.history(there, "final/loss")).hasSize(1);
        // and what the server itself does with a batch that comes twice
        ObjectNode batch = json.createObjectNode().put("run_id", there.id());
        batch.putArray("metrics")
                .addObject()
                .put("key", "twice")
                .put("value", 0.5)
                .put("timestamp", 1_700_000_000_000L)
                .put("step", 1);
        server.post("runs/log-batch", batch);
        server.post("runs/log-batch", batch);
        assertThat(server.history(there, "twice")).containsExactly(Map.entry(1L, 0.5));
    }

    @Test
    void serverThatIsAwayForAWholeTraining_getsItLater() throws Exception {
        Path out = folder.resolve("away");
        server.stop();
        VerbRun away;
        try {
            away = run("train", "--out", out, "--mlflow-experiment", "away");
        } finally {
            server.again();
        }
        assertThat(away.status()).as(away.err()).isZero();
        assertThat(away.err()).contains("does not answer", "Later: stride report " + out);
        VerbRun later = VerbRun.of("report", out, "--mlflow", server.uri(), "--mlflow-experiment", "away");
        assertThat(later.status()).as(later.err()).isZero();
        same(only("away", ""), out);
        assertThat(server.files(only("away", ""))).hasSize(5);
    }

    @Test
    void experimentThatWasDeleted_isSaid_andTheTrainingIsWhole() {
        Path out = folder.resolve("deleted");
        assertThat(run("train", "--out", folder.resolve("before"), "--mlflow-experiment", "gone")
                        .status())
                .isZero();
        ObjectNode gone = new ObjectMapper().createObjectNode().put("experiment_id", server.experiment("gone"));
        server.post("experiments/delete", gone);
        VerbRun trained = run("train", "--out", out, "--mlflow-experiment", "gone");
        assertThat(trained.status()).as(trained.err()).isZero();
        assertThat(trained.err().lines().filter(line -> line.startsWith("mlflow: ")))
                .hasSize(2)
                .first()
                .asString()
                .contains("the experiment 'gone' was deleted", "--mlflow-experiment", "Training goes on");
        String tooLong = "n".repeat(600);
        VerbRun refused = VerbRun.of("report", out, "--mlflow", server.uri(), "--mlflow-experiment", tooLong);
        assertThat(refused.status()).isEqualTo(ExitStatus.FAILED);
        assertThat(refused.err()).contains("exceeds the maximum length of 500 characters");
    }
}
