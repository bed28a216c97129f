package dev.stride.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.experiment.RunResult;
import dev.stride.serve.RunFolder;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the chart and the model of a call are told of a run that goes on meanwhile. */
class ServedRunsTest {
    @TempDir
    Path temp;

    @Test
    void chartAndBriefing_ofARunThatGrows_follow() {
        RunFolder run = RunFolder.of(temp.resolve("first"), 10);
        ServedRuns runs = new ServedRuns(Map.of("model:first", run.path()));
        assertThat(chart(runs).path("steps")).hasSize(10);
        assertThat(runs.briefing("model:first")).contains("，10 步。");
        run.steps(11, 25);
        JsonNode grown = chart(runs);
        assertThat(grown.path("steps")).hasSize(25);
        assertThat(grown.path("running").asBoolean()).isTrue();
        assertThat(grown.path("facts").toString()).contains("in 25 steps", "still training");
        assertThat(runs.briefing("model:first")).contains("，25 步。").doesNotContain("，10 步。");
    }

    @Test
    void run_thatEnds_isToldSo_thoughItsEventsDoNotGrow() {
        RunFolder run = RunFolder.of(temp.resolve("first"), 10);
        ServedRuns runs = new ServedRuns(Map.of("model:first", run.path()));
        assertThat(chart(runs).path("running").asBoolean()).isTrue();
        run.end(RunResult.Status.FINISHED);
        assertThat(chart(runs).path("running").asBoolean()).isFalse();
    }

    private static JsonNode chart(ServedRuns runs) {
        return Objects.requireNonNull(runs.chart("model:first"));
    }

    @Test
    void model_ofNoRun_hasNothingToTell() {
        ServedRuns runs = new ServedRuns(Map.of());
        assertThat(runs.chart("base")).isNull();
        assertThat(runs.briefing("base")).isEmpty();
    }
}
