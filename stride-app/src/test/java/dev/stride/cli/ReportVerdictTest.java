package dev.stride.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.EventReader;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.SkipEvent;
import dev.stride.experiment.StepEvent;
import dev.stride.monitor.Curve;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportVerdictTest {
    @TempDir
    Path folder;

    @Test
    void report_beginsWithTheVerdict() throws IOException {
        Path run = run(i -> i < 10 ? 4 : 12);
        VerbRun said = VerbRun.of("report", run);
        assertThat(said.status()).as(said.err()).isZero();
        String first = said.out().lines().findFirst().orElseThrow();
        assertThat(first).matches("(diverged|发散).*");
        String page = Files.readString(run.resolve(Reports.PAGE));
        assertThat(page.indexOf("diverged (confidence"))
                .isPositive()
                .isLessThan(page.indexOf("<main"))
                .isGreaterThan(page.indexOf("<h1"));
        assertThat(page).contains("发散（置信度");
    }

    @Test
    void report_json_isOneDocumentWithTheVerdicts() throws IOException {
        Path run = run(i -> i < 10 ? 4 : 12);
        VerbRun said = VerbRun.of("report", run, "--json");
        assertThat(said.status()).as(said.err()).isZero();
        JsonNode verdict = said.json().path("runs").path(0).path("verdicts").path(0);
        assertThat(verdict.path("kind").asText()).isEqualTo("diverged");
        assertThat(verdict.path("confidence").asDouble()).isBetween(0.5, 1.0);
        assertThat(verdict.path("action").path("en").asText()).contains("from 3e-3 to 3e-4");
        assertThat(verdict.path("action").path("zh").asText()).contains("3e-4");
        assertThat(verdict.path("from_step").asLong()).isPositive();
    }

    @Test
    void curve_stepsMadeAgain_lastCountsAndTheHighestGroupIsTheRate() throws IOException {
        List<RunEvent> events = new ArrayList<>(List.of(
                step(1, 4, 1e-3, 3e-3),
                step(2, 9, 1e-3, 3e-3),
                new EvalEvent(2, 8, 10, Map.of(), 1),
                new SkipEvent(3, "the loss is NaN; no update was made with it"),
                step(2, 3, 1e-3, 2e-3),
                new EvalEvent(2, 2.5, 10, Map.of(), 1)));
        Curve curve = RunDiagnosis.curve(EventReader.read(written(events)));
        assertThat(curve.updates())
                .extracting(Curve.Update::step, Curve.Update::loss, Curve.Update::rate)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(1L, 4.0, 3e-3),
                        org.assertj.core.groups.Tuple.tuple(2L, 3.0, 2e-3));
        assertThat(curve.evaluations()).containsExactly(new Curve.Evaluation(2, 2.5));
        assertThat(curve.skips()).hasSize(1);
        assertThat(curve.plannedSteps()).isEqualTo(40);
        assertThat(curve.warmupSteps()).isEqualTo(4);
        assertThat(curve.finished()).isFalse();
    }

    private Path run(java.util.function.IntToDoubleFunction loss) throws IOException {
        List<RunEvent> events = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            events.add(step(i + 1, loss.applyAsDouble(i), 3e-3, 3e-3));
        }
        return written(events);
    }

    private Path written(List<RunEvent> events) throws IOException {
        Path run = Files.createDirectories(folder.resolve("run"));
        Files.write(
                run.resolve("events.jsonl"),
                events.stream().map(event -> event.toJson().toString()).toList());
        Files.writeString(run.resolve("plan.json"), "{\"schedule\": {\"steps\": 40, \"warmup_steps\": 4}}");
        return run;
    }

    private static StepEvent step(int step, double loss, double low, double high) {
        return new StepEvent(step, loss, Map.of("decay", low, "no_decay", high), 1, 100, 1, 100, 1);
    }
}
