package dev.stride.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.Slow;
import dev.stride.config.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The calls are those that MLflow 3.17.2 took; here a server of the test keeps what they bring. */
class MlflowExportTest {
    @TempDir
    Path temp;

    private final StubMlflow stub = new StubMlflow();

    @AfterEach
    void stop() {
        stub.close();
    }

    private Path folder() {
        return temp.resolve("first");
    }

    private MlflowTarget target() {
        return new MlflowTarget(stub.uri(), null, Map.of());
    }

    private static List<MlflowSource> source(Path folder) {
        return List.of(MlflowSource.run(folder));
    }

    private MlflowExport.Sent send() {
        return MlflowExport.send(target(), () -> source(folder()));
    }

    private void record(int steps) {
        try (RecordedRun run = RecordedRun.begin(folder(), 3)) {
            run.steps(1, steps).result(RunResult.Status.FINISHED, steps);
        }
    }

    private static List<Long> upTo(long last) {
        return LongStream.rangeClosed(1, last).boxed().toList();
    }

    /** Everything that the server keeps of a run but its id. */
    private static Map<String, Object> kept(StubMlflow.Run run) {
        Map<String, Object> all = new LinkedHashMap<>();
        Map<String, String> tags = new LinkedHashMap<>(run.tags);
        tags.remove(MlflowRun.ID_TAG);
        all.put("tags", tags);
        all.put("params", run.params);
        all.put("metrics", run.metrics);
        all.put("files", run.files);
        all.put("status", run.status);
        all.put("times", List.of(run.start, run.end));
        return all;
    }

    @Test
    void run_isARunThere_withSettingsFactsValuesAndFiles() throws IOException {
        record(12);
        Files.writeString(folder().resolve("report.html"), "<p>report");
        MlflowExport.Sent sent = send();
        assertThat(stub.experiments).containsExactly(Map.entry("stride", "1"));
        assertThat(sent.experiment()).isEqualTo("1");
        assertThat(sent.name()).isEqualTo("stride");
        assertThat(sent.notes()).isEmpty();
        StubMlflow.Run run = stub.run("first");
        assertThat(sent.run()).isEqualTo(run.id);
        assertThat(run.params)
                .containsEntry("lr", "0.001")
                .containsEntry("updates", "100")
                .containsEntry("optimizer.lr", "1e-3")
                .containsEntry("made.up_2", "value 2")
                .doesNotContainKeys("schedule.min_lr", "sweep.seeds")
                .hasSize(6);
        assertThat(run.tags)
                .containsEntry("mlflow.runName", "first")
                .containsEntry("mlflow.source.name", "stride")
                .containsEntry("stride.java", "17.0.15 (Debian)")
                .containsEntry("stride.cpu bf16", "yes")
                .containsEntry("stride.status", "finished")
                .containsEntry("mlflow.note.content", "it is finished")
                .doesNotContainKey("mlflow.parentRunId");
        for (String key :
                List.of("train/loss", "train/grad_norm", "train/tokens_per_second", "lr/decay", "lr/no_decay")) {
            assertThat(run.steps(key)).as(key).isEqualTo(upTo(12));
        }
        assertThat(run.values("train/loss"))
                .isEqualTo(upTo(12).stream().map(RecordedRun::loss).toList());
        assertThat(run.values("lr/no_decay")).contains(2e-3, 2e-3 / 7);
        assertThat(run.steps("eval/bleu-4")).containsExactly(5L, 10L);
        assertThat(run.values("eval/loss")).containsExactly(1.3, 0.9);
        assertThat(run.values("best/loss")).containsExactly(0.5);
        assertThat(run.steps("final/loss")).containsExactly(12L);
        assertThat(sent.metrics()).isEqualTo(12 * 5 + 2 * 2 + 2);
        JsonNode sixth = Objects.requireNonNull(run.metrics.get("train/loss")).get(5);
        assertThat(sixth.path("timestamp").longValue() - run.start)
                .as("six updates of 0.25 s and an evaluation of 2 s")
                .isEqualTo(3500);
        assertThat(run.status).isEqualTo("FINISHED");
        assertThat(run.end).isGreaterThan(0);
        assertThat(run.files.keySet())
                .containsExactlyInAnyOrder("config.yaml", "plan.json", "result.json", "report.html");
        assertThat(run.files).containsEntry("report.html", "<p>report");
    }

    @Test
    void sentAgain_changesNothing_andOnlyWhatIsNewIsSent() throws IOException {
        record(12);
        send();
        Map<String, Object> before = new LinkedHashMap<>(kept(stub.run("first")));
        String values = before.toString();
        stub.calls.clear();
        assertThat(send().metrics()).isZero();
        assertThat(stub.calls).containsExactly("experiments/get-by-name", "runs/get");
        assertThat(kept(stub.run("first"))).hasToString(values);
        Files.writeString(folder().resolve("report.html"), "<p>report");
        stub.calls.clear();
        send();
        assertThat(stub.calls)
                .containsExactly(
                        "experiments/get-by-name",
                        "runs/get",
                        "mlflow-artifacts/artifacts/1/run-1/artifacts/report.html");
    }

    @Slow
    @ParameterizedTest
    @EnumSource(names = {"ANSWER_LOST", "BUSY"})
    void anyCallThatGoesWrong_doesNoHarm(StubMlflow.Fate fate) {
        record(12);
        send();
        String undisturbed = kept(stub.run("first")).toString();
        int calls = stub.calls.size();
        assertThat(calls).isGreaterThan(9);
        int disturbed = 0;
        for (int bad = 0; bad < calls; bad++) {
            Path copy = temp.resolve("mlflow.json");
            copy.toFile().delete();
            folder().resolve("mlflow.json").toFile().delete();
            stub.runs.clear();
            AtomicInteger call = new AtomicInteger();
            int which = bad;
            stub.judge((name, body) -> call.getAndIncrement() == which ? fate : StubMlflow.Fate.HEARD);
            MlflowSession session = new MlflowSession(target(), () -> source(folder()));
            if (!sent(session)) {
                disturbed++;
                assertThat(sent(session)).as("the second time").isTrue();
            }
            assertThat(stub.runs).as("call %d", bad).hasSize(1);
            assertThat(kept(stub.run("first")).toString().replaceAll("run-\\d+", ""))
                    .as("call %d", bad)
                    .isEqualTo(undisturbed.replaceAll("run-\\d+", ""));
            stub.judge((name, body) -> StubMlflow.Fate.HEARD);
        }
        assertThat(disturbed).as("each call failed once").isGreaterThanOrEqualTo(calls - 5);
    }

    private static boolean sent(MlflowSession session) {
        try {
            session.send();
            return true;
        } catch (MlflowFailure e) {
            assertThat(e.isPassing()).as(e.getMessage()).isTrue();
            return false;
        }
    }

    @Test
    void lostAnswer_inAnotherProcess_isFoundAgain() {
        record(700);
        AtomicInteger batches = new AtomicInteger();
        stub.judge((call, body) ->
                call.equals("runs/create") || body.path("metrics").size() == 1000 && batches.incrementAndGet() == 2
                        ? StubMlflow.Fate.ANSWER_LOST
                        : StubMlflow.Fate.HEARD);
        for (int process = 0; process < 2; process++) {
            assertThat(sent(new MlflowSession(target(), () -> source(folder()))))
                    .isFalse();
        }
        assertThat(batches).hasValue(2);
        assertThat(stub.run("first").metrics).isNotEmpty();
        send();
        assertThat(stub.run("first").steps("train/loss")).isEqualTo(upTo(700));
        assertThat(stub.run("first").steps("lr/no_decay")).isEqualTo(upTo(700));
        assertThat(stub.run("first").steps("eval/loss")).hasSize(140).doesNotHaveDuplicates();
    }

    @Test
    void batches_keepToTheServersLimits() {
        try (RecordedRun run = RecordedRun.begin(folder(), 230)) {
            run.steps(1, 900);
        }
        send();
        assertThat(stub.run("first").steps("train/loss")).hasSize(900);
        assertThat(stub.run("first").params).hasSize(230 + 3);
        List<Integer> metrics = new ArrayList<>();
        List<Integer> params = new ArrayList<>();
        for (JsonNode batch : stub.batches) {
            metrics.add(batch.path("metrics").size());
            params.add(batch.path("params").size());
        }
        assertThat(metrics).as("some are full, none is more").contains(1000).allMatch(size -> size <= 1000);
        assertThat(params).contains(100, 33).allMatch(size -> size <= 100);
    }

    @Test
    void updatesThatAreMadeAgain_standThereOnce() {
        try (RecordedRun run = RecordedRun.begin(folder(), 0)) {
            run.steps(1, 10);
        }
        send();
        try (RecordedRun run = RecordedRun.resume(folder(), 4)) {
            run.steps(5, 7);
        }
        send();
        assertThat(stub.run("first").steps("train/loss")).as("a shorter file").isEqualTo(upTo(10));
        try (RecordedRun run = RecordedRun.resume(folder(), 7)) {
            run.steps(8, 30).result(RunResult.Status.FINISHED, 30);
        }
        send();
        StubMlflow.Run run = stub.run("first");
        assertThat(run.steps("train/loss")).isEqualTo(upTo(30));
        assertThat(run.steps("eval/loss")).containsExactly(5L, 10L, 15L, 20L, 25L, 30L);
        assertThat(run.values("train/loss"))
                .isEqualTo(upTo(30).stream().map(RecordedRun::loss).toList());
        assertThat(EventReader.json(folder().resolve("mlflow.json"))
                        .findValue("generation")
                        .longValue())
                .isPositive();
    }

    /** Cut and grown beyond its old length between two looks: the size alone does not tell. */
    @Test
    void fileThatIsAnotherOneOfTheSameLength_isReadFromItsBeginning() throws IOException {
        try (RecordedRun run = RecordedRun.begin(folder(), 0)) {
            run.steps(1, 10);
        }
        send();
        Path events = folder().resolve("events.jsonl");
        String text = Files.readString(events);
        String other = text.replace("\"step\":10,", "\"step\":11,");
        assertThat(other).hasSameSizeAs(text).isNotEqualTo(text);
        Files.writeString(events, other);
        send();
        assertThat(stub.run("first").steps("train/loss")).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 11L);
    }

    @Test
    void halfWrittenLine_waits_andADamagedOneIsSaid() throws IOException {
        try (RecordedRun run = RecordedRun.begin(folder(), 0)) {
            run.steps(1, 2);
        }
        Path events = folder().resolve("events.jsonl");
        String whole = Files.readString(events);
        Files.writeString(events, whole + "not JSON\n{\"type\":\"step\",\"step\":3,\"lo");
        MlflowExport.Sent sent = send();
        assertThat(stub.run("first").steps("train/loss")).containsExactly(1L, 2L);
        assertThat(sent.notes()).singleElement().asString().contains("1 lines of", "events.jsonl");
        Files.writeString(
                events,
                "ss\":1.0,\"lr\":{\"decay\":1e-3},\"grad_norm\":1,\"tokens\":9,\"seconds\":1}\n",
                StandardOpenOption.APPEND);
        assertThat(send().notes()).isEmpty();
        assertThat(stub.run("first").steps("train/loss")).containsExactly(1L, 2L, 3L);
    }

    @Test
    void recovery_hasNamesOfItsOwn() {
        try (RecordedRun run = RecordedRun.begin(folder(), 0)) {
            run.steps(1, 6);
            run.write(new VerdictEvent(6, "diverged", "recover", "it rises"));
            run.write(new BranchEvent(4, "recovery-1", "main", 0.5, "half"));
            run.steps(5, 8);
        }
        send();
        StubMlflow.Run run = stub.run("first");
        assertThat(run.steps("train/loss")).isEqualTo(upTo(6));
        assertThat(run.steps("recovery-1/train/loss")).containsExactly(5L, 6L, 7L, 8L);
        assertThat(run.steps("recovery-1/eval/bleu-4")).containsExactly(5L);
        assertThat(run.tags).containsEntry("stride.verdict", "step 6: diverged: recover: it rises");
    }

    @Test
    void ends_areThoseThatMlflowKnows() {
        Map<RunResult.Status, String> words = Map.of(
                RunResult.Status.FINISHED, "FINISHED",
                RunResult.Status.STOPPED, "FAILED",
                RunResult.Status.FAILED, "FAILED",
                RunResult.Status.INTERRUPTED, "KILLED");
        try (RecordedRun run = RecordedRun.begin(folder(), 0)) {
            run.steps(1, 2);
        }
        send();
        assertThat(stub.run("first").status).isEqualTo("RUNNING");
        assertThat(stub.run("first").end).isZero();
        int seen = 0;
        for (RunResult.Status status : RunResult.Status.values()) {
            try (RecordedRun run = RecordedRun.resume(folder(), 2)) {
                send();
                assertThat(stub.run("first").status).isEqualTo("RUNNING");
                run.result(status, 2);
            }
            send();
            assertThat(stub.run("first").status).isEqualTo(words.get(status));
            assertThat(stub.run("first").tags).containsEntry("stride.status", status.word());
            seen++;
        }
        assertThat(seen).isEqualTo(4);
    }

    @Test
    void namesThatAreHostile_areTextAndNothingElse() {
        Path evil = temp.resolve("a' OR 1=1 --<script>\"&%2e ..");
        String experiment = "e' & \"x\" <b> %2F ?a=b 实验";
        try (RecordedRun run = RecordedRun.begin(evil, 0)) {
            Map<String, Double> lr = new LinkedHashMap<>();
            for (String group : List.of("a<b", "../../etc", "/abs//x/./y", "组 1", "..", "q\"'`;", "x".repeat(400))) {
                lr.put(group, 1e-3);
            }
            run.write(new StepEvent(1, 2, lr, 1, 1, 1, 1, 1));
        }
        MlflowExport.send(new MlflowTarget(stub.uri(), experiment, Map.of()), () -> source(evil));
        assertThat(stub.experiments).containsOnlyKeys(experiment);
        StubMlflow.Run run = stub.run(String.valueOf(evil.getFileName()));
        assertThat(run.metrics.keySet())
                .contains("lr/a_b", "lr/_/_/etc", "lr/abs/x/y", "lr/组 1", "lr/_", "lr/q____")
                .allSatisfy(key -> assertThat(key).doesNotContain("..").hasSizeLessThanOrEqualTo(250));
        assertThat(new HashSet<>(run.metrics.keySet())).hasSize(7 + 3);
        // again, from the cursor that bears the same names
        MlflowExport.send(new MlflowTarget(stub.uri(), null, Map.of()), () -> source(evil));
        assertThat(stub.runs).as("the experiment from before").hasSize(1);
    }

    @Test
    void longValue_isCut_andThatIsSaid() {
        try (RecordedRun run = RecordedRun.begin(folder(), 0)) {
            run.steps(1, 1);
        }
        MlflowSource source = new MlflowSource(
                folder(),
                "long",
                Map.of("columns", "c".repeat(9000)),
                Map.of("t", "t".repeat(9000)),
                TrialSummary.State.RUNNING,
                "",
                Map.of(),
                0);
        MlflowExport.Sent sent = MlflowExport.send(target(), () -> List.of(source));
        assertThat(stub.run("long").params.get("columns")).hasSize(500).endsWith("c ...");
        assertThat(stub.run("long").tags.get("t")).hasSize(5000).endsWith("t ...");
        assertThat(sent.notes()).singleElement().asString().contains("1 settings", "500 characters", "config.yaml");
    }

    @Test
    void serverThatForgot_getsEverythingAgain() {
        record(12);
        send();
        stub.runs.clear();
        MlflowExport.Sent sent = send();
        assertThat(sent.notes()).singleElement().asString().contains("no longer has run run-1");
        assertThat(stub.run("first").steps("train/loss")).isEqualTo(upTo(12));
        assertThat(stub.run("first").files).hasSize(3);
    }

    @Test
    void otherServerAtTheAddress_getsEverything() {
        record(12);
        send();
        stub.runs.clear();
        stub.experiments.clear();
        stub.experiments.put("somebody's", "1");
        send();
        assertThat(stub.experiments).containsEntry("stride", "2");
        assertThat(stub.run("first").experiment).isEqualTo("2");
        assertThat(stub.run("first").steps("train/loss")).isEqualTo(upTo(12));
    }

    @Test
    void runThatWasDeletedThere_isRefused() {
        record(3);
        send();
        stub.run("first").isDeleted = true;
        assertThatThrownBy(this::send)
                .isInstanceOf(MlflowFailure.class)
                .hasMessageContaining("was deleted")
                .hasMessageContaining("mlflow.json");
    }

    @Test
    void settingThatIsAnotherNow_isSaid_andTheCurvesAreSent() throws IOException {
        record(3);
        send();
        stub.run("first").params.put("optimizer.lr", "5");
        Path cursor = folder().resolve("mlflow.json");
        Files.writeString(cursor, Files.readString(cursor).replace("\"params\" : true", "\"params\" : false"));
        try (RecordedRun run = RecordedRun.resume(folder(), 3)) {
            run.steps(4, 6);
        }
        MlflowExport.Sent sent = send();
        assertThat(sent.notes()).singleElement().asString().contains("Changing param values", "optimizer.lr");
        assertThat(stub.run("first").steps("train/loss")).isEqualTo(upTo(6));
    }

    @Test
    void serverWithoutAProxyForFiles_isSaid() {
        stub.artifacts = "s3://bucket/";
        record(3);
        MlflowExport.Sent sent = send();
        assertThat(sent.notes())
                .singleElement()
                .asString()
                .contains("s3://bucket/1/run-1/artifacts", "--serve-artifacts");
        assertThat(stub.run("first").files).isEmpty();
        assertThat(stub.run("first").status).isEqualTo("FINISHED");
    }

    @Test
    void filesThatAreRefused_takeNothingElseWithThem() {
        stub.judge((call, body) ->
                call.startsWith("mlflow-artifacts") ? StubMlflow.Fate.FORBIDDEN : StubMlflow.Fate.HEARD);
        record(3);
        assertThat(send().notes()).singleElement().asString().contains("files such as config.yaml", "403");
        assertThat(stub.run("first").status).isEqualTo("FINISHED");
        stub.judge((call, body) -> StubMlflow.Fate.HEARD);
        send();
        assertThat(stub.run("first").files).hasSize(3);
    }

    /** A server whose folder for files is full says 500 to each of them, for ever. */
    @Test
    void filesThatAlwaysFail_areGivenUp() {
        stub.judge((call, body) -> call.startsWith("mlflow-artifacts") ? StubMlflow.Fate.BUSY : StubMlflow.Fate.HEARD);
        record(3);
        assertThat(send().notes()).singleElement().asString().contains("files such as config.yaml", "503");
        assertThat(stub.run("first").status).isEqualTo("FINISHED");
        assertThat(stub.calls.stream().filter(call -> call.startsWith("mlflow-artifacts")))
                .hasSize(3);
    }

    @Test
    void sweep_isARunWithItsTrialsBelow() {
        record(3);
        Path sweep = temp.resolve("sweep");
        assertThat(sweep.toFile().mkdir()).isTrue();
        MlflowSource parent = new MlflowSource(
                sweep,
                "rates",
                Map.of("vary", "lr"),
                Map.of("stride.kind", "sweep"),
                TrialSummary.State.SUCCEEDED,
                "Use 1e-3",
                Map.of("answer/lr", 1e-3),
                3);
        MlflowSource trial = new MlflowSource(
                folder(), "lr-1e-3", Map.of(), Map.of(), TrialSummary.State.ENDED, "pruned", Map.of(), 3);
        MlflowExport.send(target(), () -> List.of(parent, trial));
        StubMlflow.Run above = stub.run("rates");
        StubMlflow.Run below = stub.run("lr-1e-3");
        assertThat(below.tags).containsEntry("mlflow.parentRunId", above.id);
        assertThat(above.tags).doesNotContainKey("mlflow.parentRunId").containsEntry("mlflow.note.content", "Use 1e-3");
        assertThat(above.params).containsExactly(Map.entry("vary", "lr"));
        assertThat(above.steps("answer/lr")).containsExactly(3L);
        assertThat(above.status).isEqualTo("FINISHED");
        assertThat(below.status).isEqualTo("KILLED");
        assertThat(sweep.resolve("mlflow.json")).exists();
        assertThat(folder().resolve("mlflow.json")).exists();
    }

    @Test
    void serverThatIsAway_failsWithItsAddress_andWithoutThePassword() {
        record(3);
        stub.stop();
        MlflowTarget away = new MlflowTarget(stub.uri().replace("//", "//me:secret@"), null, Map.of());
        assertThatThrownBy(() -> MlflowExport.send(away, () -> source(folder())))
                .isInstanceOf(MlflowFailure.class)
                .hasMessageContaining(stub.uri())
                .hasMessageContaining("does not answer")
                .hasMessageContaining("run the same command again")
                .hasMessageNotContaining("secret");
    }

    @Test
    void refusal_isTheServersWordsInOneLine() {
        record(3);
        stub.judge((call, body) -> StubMlflow.Fate.FORBIDDEN);
        assertThatThrownBy(this::send)
                .isInstanceOf(MlflowFailure.class)
                .hasMessageContaining("403: Permission denied for this <user>. A name and password")
                .hasMessageContaining("MLFLOW_TRACKING_TOKEN");
        assertThat(stub.calls).as("a refusal is not asked again").hasSize(1);
    }

    @Test
    void whoAsks_isSaidByAddressNameOrToken_andNotKept() throws IOException {
        record(3);
        Map<String, String> named = Map.of(
                "MLFLOW_TRACKING_USERNAME",
                "me",
                "MLFLOW_TRACKING_PASSWORD",
                "secret",
                "MLFLOW_TRACKING_TOKEN",
                "other");
        List<MlflowTarget> targets = List.of(
                new MlflowTarget(stub.uri().replace("//", "//me:secret@"), null, Map.of()),
                new MlflowTarget(stub.uri(), null, named),
                new MlflowTarget(stub.uri(), null, Map.of("MLFLOW_TRACKING_TOKEN", "secret\n")),
                target());
        List<String> headers = new ArrayList<>();
        for (MlflowTarget one : targets) {
            stub.authorizations.clear();
            MlflowExport.send(one, () -> source(folder()));
            assertThat(new HashSet<>(stub.authorizations)).hasSize(1);
            headers.add(stub.authorizations.get(0));
            assertThat(one.toString()).doesNotContain("secret");
        }
        assertThat(headers).containsExactly("Basic bWU6c2VjcmV0", "Basic bWU6c2VjcmV0", "Bearer secret", "null");
        assertThat(Files.readString(folder().resolve("mlflow.json")))
                .contains("run-1")
                .doesNotContain("secret");
    }

    @Test
    void tokenThatIsNone_isRefused() {
        assertThatThrownBy(() -> new MlflowTarget(stub.uri(), null, Map.of("MLFLOW_TRACKING_TOKEN", "a\r\nX: b")))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("MLFLOW_TRACKING_TOKEN");
    }

    @Test
    void addressThatIsNone_isRefused() {
        for (String wrong : List.of("localhost:5000", "file:/tmp/mlruns", "http://", "a b", "")) {
            assertThatThrownBy(() -> new MlflowTarget(wrong, null, Map.of()))
                    .as(wrong)
                    .isInstanceOf(UserException.class)
                    .hasMessageContaining("http://127.0.0.1:5000");
        }
        assertThatThrownBy(() -> new MlflowTarget(stub.uri(), " ", Map.of()))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("--mlflow-experiment");
    }

    @Test
    void cursorThatIsDamaged_isAsGoodAsNone() throws IOException {
        record(3);
        List<String> damaged = List.of("{\"servers\":", "[]", "{\"servers\":7}", "");
        for (String text : damaged) {
            Files.writeString(folder().resolve("mlflow.json"), text);
            assertThat(send().metrics()).isEqualTo(3 * 5 + 2);
        }
        assertThat(Collections.unmodifiableMap(stub.runs)).hasSize(damaged.size());
    }
}
