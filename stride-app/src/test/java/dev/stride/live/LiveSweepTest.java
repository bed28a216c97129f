package dev.stride.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.experiment.VerdictEvent;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LiveSweepTest {
    private static final String ANSWER = ",\"answer\":{\"lr\":0.001,\"decided\":true,\"sentence\":\"Use 1e-3\","
            + "\"sentence_zh\":\"请用 1e-3\",\"command\":\"./stride train\"}";

    @TempDir
    Path root;

    private final TestRuns.Clock clock = new TestRuns.Clock();

    private static String trial(String name, String status) {
        return "{\"name\":\"" + name + "\",\"folder\":\"trials/" + name
                + "\",\"lr\":0.001,\"value\":\"1e-3\",\"status\":\"" + status
                + "\",\"steps\":2,\"planned_steps\":9,\"reason\":\"why\",\"metrics\":{\"loss\":3.5}}";
    }

    private void sweep(String more, String... trials) {
        TestRuns.write(
                root.resolve("s/sweep.json"),
                "{\"version\":1,\"vary\":\"lr\",\"metric\":{\"name\":\"loss\",\"higher_is_better\":false},\"trials\":["
                        + String.join(",", trials)
                        + "],\"updates\":{\"made\":4},\"warnings\":[\"w\"],\"course\":[\"c\"]"
                        + more + "}");
    }

    private LiveRuns open() {
        LiveRuns runs = LiveRuns.open(root, clock);
        TestRuns.readAll(runs);
        return runs;
    }

    private static JsonNode sweepOf(LiveRuns runs) {
        return runs.overview().path("sweeps").path(0);
    }

    @Test
    void toJson_sweepThatGoesOn_hasTheTrialsAsTheyAre() {
        Path running = root.resolve("s/trials/lr-1");
        TestRuns.steps(running, 1, 5);
        TestRuns.append(running, TestRuns.eval(5, 2.5));
        Path pruned = root.resolve("s/trials/lr-2");
        TestRuns.steps(pruned, 1, 2);
        TestRuns.append(pruned, new VerdictEvent(2, "pruner", "stop", "others are better"));
        TestRuns.result(pruned, "stopped");
        sweep("", trial("lr-1", "running"), trial("lr-2", "pruned"), trial("lr-3", "waiting"));
        LiveRuns runs = open();
        JsonNode sweep = sweepOf(runs);
        assertThat(sweep.path("id").asText()).isEqualTo("s");
        assertThat(sweep.path("status").asText()).isEqualTo("running");
        assertThat(sweep.has("answer")).isFalse();
        assertThat(sweep.path("notes").path(0).asText()).isEqualTo("c");
        JsonNode trials = sweep.path("trials");
        assertThat(trials.path(0).path("run").asText()).isEqualTo("s/trials/lr-1");
        assertThat(trials.path(0).path("steps").asInt()).isEqualTo(5);
        assertThat(trials.path(0).path("metrics").path("loss").asDouble()).isEqualTo(2.5);
        assertThat(trials.path(1).path("status").asText()).isEqualTo("pruned");
        assertThat(trials.path(1).path("metrics").path("loss").asDouble()).isEqualTo(3.5);
        assertThat(trials.path(2).path("status").asText()).isEqualTo("waiting");
        assertThat(trials.path(2).has("run")).isFalse();
        JsonNode card = runs.run("s/trials/lr-2").orElseThrow().card();
        assertThat(card.path("status").asText()).isEqualTo("pruned");
        assertThat(card.path("sweep").asText()).isEqualTo("s");
        assertThat(card.path("worry").path("level").asText()).isEqualTo("ok");
        assertThat(runs.sweepFolder("s").orElseThrow().resolve("trials/lr-2"))
                .isEqualTo(runs.run("s/trials/lr-2").orElseThrow().folder());
    }

    @Test
    void toJson_trialThatGrows_isAChangeOfTheSweep() {
        TestRuns.steps(root.resolve("s/trials/lr-1"), 1, 5);
        sweep("", trial("lr-1", "running"));
        LiveRuns runs = open();
        long version = runs.version();
        TestRuns.steps(root.resolve("s/trials/lr-1"), 6, 6);
        runs.poll();
        JsonNode changes = runs.changes(version);
        assertThat(changes.path("sweeps")).hasSize(1);
        assertThat(changes.path("sweeps")
                        .path(0)
                        .path("trials")
                        .path(0)
                        .path("steps")
                        .asInt())
                .isEqualTo(6);
    }

    @Test
    void toJson_answer_isFinished() {
        TestRuns.steps(root.resolve("s/trials/lr-1"), 1, 9);
        TestRuns.result(root.resolve("s/trials/lr-1"), "finished");
        sweep(ANSWER, trial("lr-1", "finished"));
        JsonNode sweep = sweepOf(open());
        assertThat(sweep.path("status").asText()).isEqualTo("finished");
        assertThat(sweep.path("answer").path("sentence_zh").asText()).isEqualTo("请用 1e-3");
        assertThat(sweep.path("worry").path("level").asText()).isEqualTo("ok");
        assertThat(sweep.path("worry").path("en").asText()).isEqualTo("1 of 1 trials have ended");
    }

    @Test
    void toJson_nothingHappensAndNoAnswer_isSilentOrInterrupted() {
        sweep("", trial("lr-1", "waiting"));
        LiveRuns runs = open();
        assertThat(sweepOf(runs).path("status").asText()).isEqualTo("running");
        clock.tick(Duration.ofMinutes(5));
        TestRuns.readAll(runs);
        assertThat(sweepOf(runs).path("status").asText()).isEqualTo("silent");
        assertThat(sweepOf(runs).path("worry").path("level").asText()).isEqualTo("look");
        sweep("", trial("lr-1", "interrupted"));
        clock.tick(Duration.ofSeconds(2));
        TestRuns.readAll(runs);
        clock.tick(Duration.ofMinutes(5));
        long version = runs.version();
        TestRuns.readAll(runs);
        // that it is quiet now is news
        assertThat(runs.changes(version).path("sweeps")).hasSize(1);
        assertThat(sweepOf(runs).path("status").asText()).isEqualTo("interrupted");
    }

    @Test
    void toJson_trialThatFailed_isBad() {
        sweep("", trial("lr-1", "failed"), trial("lr-2", "waiting"));
        JsonNode worry = sweepOf(open()).path("worry");
        assertThat(worry.path("level").asText()).isEqualTo("bad");
        assertThat(worry.path("en").asText()).startsWith("1 trials failed");
    }

    @Test
    void toJson_fileThatIsNonsense_isDamagedAndNamed() {
        TestRuns.write(root.resolve("s/sweep.json"), "{\"trials\":[{\"fold");
        LiveRuns runs = open();
        assertThat(sweepOf(runs).path("status").asText()).isEqualTo("damaged");
        assertThat(sweepOf(runs).path("reason").asText()).startsWith("sweep.json: it is no JSON");
        TestRuns.write(
                root.resolve("s/sweep.json"),
                "{\"trials\":[7,{\"folder\":\"../../etc\"},{\"lr\":\"x\"}],\"answer\":3}");
        clock.tick(Duration.ofSeconds(2));
        TestRuns.readAll(runs);
        assertThat(sweepOf(runs).path("trials")).hasSize(3);
    }
}
