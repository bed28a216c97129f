package dev.stride.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.experiment.EventSink;
import dev.stride.experiment.NoteEvent;
import dev.stride.experiment.RunStore;
import dev.stride.experiment.VerdictEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LiveRunTest {
    private static final Duration SLOW = Duration.ofSeconds(2);

    @TempDir
    Path root;

    private final TestRuns.Clock clock = new TestRuns.Clock();

    private Path folder() {
        return root.resolve("a");
    }

    private LiveRuns open() {
        LiveRuns runs = LiveRuns.open(root, clock);
        TestRuns.readAll(runs);
        return runs;
    }

    private LiveRun again(LiveRuns runs) {
        clock.tick(SLOW);
        TestRuns.readAll(runs);
        return runs.run("a").orElseThrow();
    }

    private static List<Long> steps(JsonNode rows) {
        List<Long> steps = new ArrayList<>();
        rows.path("rows").forEach(row -> steps.add(row.path("step").asLong()));
        return steps;
    }

    @Test
    void rowsSince_lineAfterLine_givesEachRecordOnce() {
        TestRuns.steps(folder(), 1, 3);
        LiveRuns runs = open();
        LiveRun run = runs.run("a").orElseThrow();
        int generation = run.generation();
        assertThat(run.records()).isEqualTo(3);
        assertThat(steps(run.rowsSince(generation, 0, 100))).containsExactly(1L, 2L, 3L);
        String line = TestRuns.step(4, 2.5).toJson() + "\n";
        TestRuns.append(folder(), line.substring(0, 40));
        assertThat(again(runs).records()).isEqualTo(3);
        TestRuns.append(folder(), line.substring(40));
        TestRuns.append(folder(), TestRuns.eval(4, 2.2));
        TestRuns.append(folder(), new NoteEvent(4, "a note"));
        TestRuns.steps(folder(), 5, 6);
        run = again(runs);
        assertThat(run.records()).isEqualTo(8);
        JsonNode first = run.rowsSince(generation, 3, 2);
        assertThat(steps(first)).containsExactly(4L);
        assertThat(first.path("evals")).hasSize(1);
        assertThat(first.path("evals").path(0).path("values").path("loss").asDouble())
                .isEqualTo(2.2);
        assertThat(first.path("events")).isEmpty();
        assertThat(first.path("to").asLong()).isEqualTo(5);
        JsonNode second = run.rowsSince(generation, 5, 100);
        assertThat(steps(second)).containsExactly(5L, 6L);
        assertThat(second.path("evals")).isEmpty();
        assertThat(second.path("events").path(0).path("text").asText()).isEqualTo("a note");
        assertThat(second.path("rows").path(0).path("tokens").asLong()).isEqualTo(500);
        assertThat(second.path("rows").path(0).path("lr").path("decay").asDouble())
                .isEqualTo(1e-3 / 5);
        assertThat(run.rowsSince(generation, 8, 100).path("rows")).isEmpty();
        assertThat(run.rowsSince(generation, 9, 100).path("reload").asBoolean()).isTrue();
    }

    /** As RunStore cuts the file behind a checkpoint when a run goes on. */
    @Test
    void rowsSince_runThatWasResumed_asksToReload() throws IOException {
        try (RunStore store = RunStore.create(folder());
                EventSink sink = store.openSink(0, clock)) {
            store.writeConfig("");
            for (int i = 1; i <= 6; i++) {
                sink.write(TestRuns.step(i, i));
            }
        }
        LiveRuns runs = open();
        int generation = runs.run("a").orElseThrow().generation();
        assertThat(runs.run("a").orElseThrow().records()).isEqualTo(6);
        try (RunStore store = RunStore.resume(folder());
                EventSink sink = store.openSink(4, clock)) {
            sink.write(TestRuns.step(5, 50));
            LiveRun run = again(runs);
            assertThat(run.generation()).isGreaterThan(generation);
            assertThat(run.rowsSince(generation, 6, 10).path("reload").asBoolean())
                    .isTrue();
            JsonNode rows = run.rowsSince(run.generation(), 0, 10);
            assertThat(steps(rows)).containsExactly(1L, 2L, 3L, 4L, 5L);
            assertThat(rows.path("rows").path(4).path("loss").asDouble()).isEqualTo(50);
        }
    }

    @Test
    void status_running_isByWhatChangedHereAndNotByTheClockOfTheFile() throws IOException {
        TestRuns.steps(folder(), 1, 3);
        TestRuns.age(folder().resolve("events.jsonl"), clock.instant().minus(Duration.ofHours(1)));
        LiveRuns runs = open();
        assertThat(runs.run("a").orElseThrow().status()).isEqualTo(RunStatus.SILENT);
        assertThat(runs.run("a").orElseThrow().card().path("reason").asText()).isEqualTo("nothing for 60 min");
        TestRuns.steps(folder(), 4, 4);
        // whoever writes has a clock that is an hour behind
        TestRuns.age(folder().resolve("events.jsonl"), clock.instant().minus(Duration.ofMinutes(59)));
        assertThat(again(runs).status()).isEqualTo(RunStatus.RUNNING);
        clock.tick(Duration.ofSeconds(27));
        assertThat(again(runs).status()).isEqualTo(RunStatus.RUNNING);
        assertThat(again(runs).status()).isEqualTo(RunStatus.SILENT);
        assertThat(again(runs).worry().level()).isEqualTo(Worry.Level.LOOK);
    }

    @Test
    void status_fileFromTheFuture_isNotBelieved() throws IOException {
        TestRuns.steps(folder(), 1, 3);
        TestRuns.age(folder().resolve("events.jsonl"), clock.instant().plus(Duration.ofHours(1)));
        LiveRuns runs = open();
        assertThat(runs.run("a").orElseThrow().status()).isEqualTo(RunStatus.SILENT);
        TestRuns.steps(folder(), 4, 4);
        assertThat(again(runs).status()).isEqualTo(RunStatus.RUNNING);
    }

    @Test
    void status_slowUpdates_aWindowOfTwentyOfThem() {
        for (int i = 1; i <= 5; i++) {
            String slow = TestRuns.step(i, 2).toJson().put("seconds", 60.0).toString();
            TestRuns.append(folder(), slow + "\n");
        }
        LiveRuns runs = open();
        clock.tick(Duration.ofMinutes(19));
        assertThat(again(runs).status()).isEqualTo(RunStatus.RUNNING);
        clock.tick(Duration.ofMinutes(1));
        assertThat(again(runs).status()).isEqualTo(RunStatus.SILENT);
    }

    @Test
    void card_liveJsonOfAnotherHost_isShownAndKeepsTheRunRunning() {
        TestRuns.steps(folder(), 1, 3);
        LiveRuns runs = open();
        clock.tick(Duration.ofMinutes(5));
        TestRuns.write(
                folder().resolve("live.json"),
                "{\"host\":\"gpu-3\",\"pid\":4711,\"started\":\"2020-01-01T00:00:00Z\",\"ended\":false,\"step\":3,"
                        + "\"planned_steps\":40,\"phase\":{\"what\":\"validation loss\",\"done\":3,\"total\":40},"
                        + "\"tokens_per_second\":812.3,\"seconds_left\":93.2,\"resident\":1000,\"peak\":2000}");
        LiveRun run = again(runs);
        assertThat(run.status()).isEqualTo(RunStatus.RUNNING);
        JsonNode card = run.card();
        assertThat(card.path("host").asText()).isEqualTo("gpu-3");
        assertThat(card.path("planned_steps").asInt()).isEqualTo(40);
        assertThat(card.path("phase").path("what").asText()).isEqualTo("validation loss");
        assertThat(card.path("tokens_per_second").asDouble()).isEqualTo(812.3);
        assertThat(card.path("seconds_left").asDouble()).isEqualTo(93.2);
        assertThat(card.path("peak").asLong()).isEqualTo(2000);
        clock.tick(Duration.ofMinutes(5));
        card = again(runs).card();
        assertThat(card.path("status").asText()).isEqualTo("silent");
        assertThat(card.path("reason").asText()).isEqualTo("nothing for 5 min; host gpu-3, pid 4711");
        assertThat(card.path("worry").path("zh").asText()).isEqualTo("已有 5 分钟没有变化；host gpu-3，pid 4711");
        assertThat(card.has("phase")).isFalse();
    }

    @Test
    void card_liveJsonThatIsNonsense_isNamedAndDoesNoHarm() {
        TestRuns.steps(folder(), 1, 3);
        TestRuns.write(folder().resolve("live.json"), "{\"host\":{\"a\":[1]},\"pid\":\"<b>\",\"phase\":7,\"step\":{}}");
        TestRuns.write(folder().resolve("plan.json"), "[]");
        LiveRuns runs = open();
        LiveRun run = runs.run("a").orElseThrow();
        assertThat(run.card().path("step").asInt()).isEqualTo(3);
        assertThat(run.detail().path("damaged").path(0).asText()).isEqualTo("plan.json: it is no JSON object");
        TestRuns.write(folder().resolve("live.json"), "{\"host\":\"gp");
        assertThat(again(runs).detail().path("damaged")).hasSize(2);
    }

    @Test
    void detail_damagedLines_areCountedAndNamed() {
        TestRuns.steps(folder(), 1, 2);
        TestRuns.append(folder(), "{\"type\":\"step\",\"step\":3}\n\nnothing\n");
        TestRuns.append(folder(), "{\"type\":\"tea\",\"step\":3}\n");
        TestRuns.append(folder(), "{\"type\":\"note\",\"text\":\"" + "x".repeat(LineTail.MAX_LINE) + "\"}\n");
        TestRuns.steps(folder(), 3, 3);
        JsonNode detail = open().run("a").orElseThrow().detail();
        List<String> damaged = new ArrayList<>();
        detail.path("damaged").forEach(line -> damaged.add(line.asText()));
        assertThat(damaged)
                .containsExactly(
                        "events.jsonl:3: 'loss' is missing",
                        "events.jsonl:5: not JSON",
                        "events.jsonl:6: unknown event type 'tea'",
                        "events.jsonl:7: longer than 1048576 bytes");
        assertThat(detail.path("num_damaged").asInt()).isEqualTo(4);
        assertThat(detail.path("step").asInt()).isEqualTo(3);
        assertThat(detail.path("worry").path("level").asText()).isEqualTo("look");
    }

    @Test
    void status_eventsThatCannotBeRead_isDamaged() throws IOException, InterruptedException {
        TestRuns.write(folder().resolve("plan.json"), "{}");
        Path events = folder().resolve("events.jsonl");
        Files.createDirectory(events);
        LiveRuns runs = open();
        LiveRun run = runs.run("a").orElseThrow();
        assertThat(run.status()).isEqualTo(RunStatus.DAMAGED);
        assertThat(run.card().path("reason").asText()).isEqualTo("events.jsonl: it is a folder");
        assertThat(run.worry().level()).isEqualTo(Worry.Level.BAD);
        Files.delete(events);
        int made = new ProcessBuilder("mkfifo", events.toString()).start().waitFor();
        org.junit.jupiter.api.Assumptions.assumeTrue(made == 0);
        assertThat(again(runs).status()).isEqualTo(RunStatus.DAMAGED);
        Files.delete(events);
        TestRuns.steps(folder(), 1, 1);
        assertThat(again(runs).status()).isEqualTo(RunStatus.RUNNING);
    }

    @Test
    void worry_endings_areTheirs() {
        TestRuns.steps(folder(), 1, 3);
        LiveRuns runs = open();
        TestRuns.result(folder(), "finished");
        assertThat(again(runs).worry().level()).isEqualTo(Worry.Level.OK);
        TestRuns.result(folder(), "failed");
        assertThat(again(runs).worry().level()).isEqualTo(Worry.Level.BAD);
        assertThat(runs.run("a").orElseThrow().worry().sentence().english()).contains("because");
        TestRuns.result(folder(), "interrupted");
        assertThat(again(runs).worry().level()).isEqualTo(Worry.Level.LOOK);
        TestRuns.append(folder(), new VerdictEvent(3, "person", "stop", "asked for"));
        TestRuns.result(folder(), "interrupted");
        clock.tick(Duration.ofSeconds(30));
        assertThat(again(runs).worry().sentence().english()).startsWith("Stopped by a person; it can go on");
        assertThat(again(runs).worry().level()).isEqualTo(Worry.Level.OK);
        TestRuns.append(folder(), new VerdictEvent(3, "early-stop", "stop", "no gain"));
        TestRuns.result(folder(), "stopped");
        assertThat(again(runs).worry().level()).isEqualTo(Worry.Level.OK);
        TestRuns.append(folder(), new VerdictEvent(3, "grad-norm", "stop", "too high"));
        TestRuns.result(folder(), "stopped");
        clock.tick(Duration.ofSeconds(30));
        assertThat(again(runs).worry().level()).isEqualTo(Worry.Level.BAD);
    }

    @Test
    void worry_runningRun_looksAtVerdictsAndAtLossesThatAreNotFinite() {
        TestRuns.steps(folder(), 1, 3);
        LiveRuns runs = open();
        assertThat(again(runs).worry().level()).isEqualTo(Worry.Level.OK);
        TestRuns.append(folder(), new VerdictEvent(3, "plateau", "reduce-lr", "no gain since step 1"));
        assertThat(again(runs).worry().sentence().english())
                .isEqualTo("Step 3, plateau reduce-lr: no gain since step 1");
        TestRuns.append(folder(), TestRuns.step(4, Double.NaN));
        LiveRun run = again(runs);
        assertThat(run.worry().level()).isEqualTo(Worry.Level.BAD);
        assertThat(run.card().path("loss").asText()).isEqualTo("NaN");
        TestRuns.append(folder(), TestRuns.branch(2, "recovery-1", "main"));
        TestRuns.append(folder(), TestRuns.step(3, 2));
        run = again(runs);
        assertThat(run.worry().level()).isEqualTo(Worry.Level.LOOK);
        assertThat(run.card().path("branch").asText()).isEqualTo("recovery-1");
        assertThat(run.card().path("step").asInt()).isEqualTo(3);
        assertThat(run.detail().path("branches").path(1).path("from").asInt()).isEqualTo(2);
    }

    @Test
    void detail_plan_isShownAndTheDiagnosisIsThatOfTheReport() {
        TestRuns.write(
                folder().resolve("plan.json"),
                "{\"schedule\":{\"steps\":40,\"warmup_steps\":4},\"planned_lr\":[[1,0.1],[2,0.2],\"x\"],\"clip\":1.0,"
                        + "\"ledger\":[{\"name\":\"lr\",\"value\":0.1,\"reason\":\"given\"}],\"warnings\":[\"<w>\"],"
                        + "\"environment\":{\"java\":\"17\"}}");
        TestRuns.write(folder().resolve("config.yaml"), "a: 1\n");
        for (int i = 1; i <= 40; i++) {
            TestRuns.append(folder(), TestRuns.step(i, i < 10 ? 4 : 12));
        }
        JsonNode detail = open().run("a").orElseThrow().detail();
        assertThat(detail.path("planned_lr")).hasSize(2);
        assertThat(detail.path("clip").asDouble()).isEqualTo(1);
        assertThat(detail.path("ledger").path(0).path("reason").asText()).isEqualTo("given");
        assertThat(detail.path("warnings").path(0).asText()).isEqualTo("<w>");
        assertThat(detail.path("environment").path("java").asText()).isEqualTo("17");
        assertThat(detail.path("config").asText()).isEqualTo("a: 1\n");
        assertThat(detail.path("groups")).hasSize(2);
        assertThat(detail.path("planned_steps").asInt()).isEqualTo(40);
        assertThat(detail.path("diagnosis").path(0).path("kind").asText()).isEqualTo("diverged");
        assertThat(detail.path("worry").path("level").asText()).isEqualTo("look");
        assertThat(detail.path("spark")).hasSize(40);
    }

    @Test
    void samples_asTheyGrow_areReadByStep() {
        TestRuns.steps(folder(), 1, 3);
        Path file = folder().resolve("samples.jsonl");
        String one =
                "{\"step\":2,\"prompt\":\"p<1>\",\"prediction\":\"t\",\"reference\":\"r\",\"scores\":{\"bleu-4\":0.5}}\n";
        TestRuns.write(file, one + one + one.replace(":2,", ":3,"));
        LiveRuns runs = open();
        LiveRun run = runs.run("a").orElseThrow();
        JsonNode samples = run.samples(2, 1);
        assertThat(samples.path("total").asInt()).isEqualTo(2);
        assertThat(samples.path("rows")).hasSize(1);
        assertThat(samples.path("rows").path(0).path("prompt").asText()).isEqualTo("p<1>");
        assertThat(samples.path("rows").path(0).path("text").asText()).isEqualTo("t");
        assertThat(samples.path("rows").path(0).path("scores").path("bleu-4").asDouble())
                .isEqualTo(0.5);
        assertThat(run.samples(-1, 10).path("step").asInt()).isEqualTo(3);
        assertThat(run.samples(7, 10).path("rows")).isEmpty();
        assertThat(run.detail().path("sample_steps")).hasSize(2);
        TestRuns.write(file, one);
        run = again(runs);
        assertThat(run.card().path("last_sample_step").asInt()).isEqualTo(2);
        assertThat(run.samples(3, 10).path("total").asInt()).isZero();
    }

    @Test
    void bytes_finishedRunThatNobodyLooksAt_areGivenBackAndReadAgainOnDemand() throws IOException {
        TestRuns.steps(folder(), 1, 200);
        TestRuns.result(folder(), "finished");
        LiveRuns runs = open();
        LiveRun run = again(runs);
        int generation = run.generation();
        assertThat(run.bytes()).isZero();
        assertThat(run.card().path("spark")).isNotEmpty();
        assertThat(run.records()).isEqualTo(200);
        assertThat(run.series(SeriesRequest.whole()).path("branches").path(0).path("x"))
                .hasSize(200);
        assertThat(run.bytes()).isPositive();
        assertThat(run.generation()).isEqualTo(generation);
        again(runs);
        assertThat(run.bytes()).isPositive();
        clock.tick(Duration.ofSeconds(90));
        again(runs);
        assertThat(run.bytes()).isZero();
        // it goes on
        Files.delete(folder().resolve("result.json"));
        TestRuns.steps(folder(), 201, 202);
        again(runs);
        assertThat(run.status()).isEqualTo(RunStatus.RUNNING);
        assertThat(run.records()).isEqualTo(202);
        assertThat(run.generation()).isGreaterThan(generation);
    }

    @Test
    void silence_times_areInWords() {
        Instant now = Instant.EPOCH.plus(Duration.ofDays(10));
        JsonNode none = com.fasterxml.jackson.databind.node.MissingNode.getInstance();
        assertThat(RunCard.silence(now.minusSeconds(90), now, none).english()).isEqualTo("nothing for 90 s");
        assertThat(RunCard.silence(now.minusSeconds(7200), now, none).english()).isEqualTo("nothing for 2 h");
        assertThat(RunCard.silence(now.minusSeconds(3 * 86_400), now, none).chinese())
                .contains("3 天");
        assertThat(RunCard.silence(now.plusSeconds(90), now, none).english()).isEqualTo("nothing since it was found");
    }
}
