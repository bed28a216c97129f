package dev.stride.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.config.UserException;
import dev.stride.experiment.EventReader;
import dev.stride.experiment.EventSink;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.RunStore;
import dev.stride.experiment.StepEvent;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportRunTest {
    @TempDir
    Path temp;

    private ReportRun runWithPlan(String plan) throws JsonProcessingException {
        Path folder = temp.resolve("" + temp.toFile().list().length).resolve("lr-2e-5");
        StepEvent step = new StepEvent(1, 4.5, Map.of("all", 2e-5), 1, 10, 0.1, 100, 1);
        try (RunStore store = RunStore.create(folder);
                EventSink sink = store.openSink(0, InstantSource.system())) {
            store.writePlan(new ObjectMapper().readTree(plan));
            sink.write(step);
            store.writeResult(new RunResult(RunResult.Status.FINISHED, 1, null, Map.of(), "done"));
        }
        ReportRun run = ReportRun.of(EventReader.read(folder));
        assertThat(run.steps()).containsExactly(step);
        return run;
    }

    @Test
    void folder_becomesARun() throws JsonProcessingException {
        ReportRun run = runWithPlan("""
                {"planned_lr": [[1, 2e-5], [600, 0]],
                 "ledger": [{"name": "peak", "value": 2e-5, "reason": "given"},
                            {"name": "updates", "value": 600, "reason": "2 epochs"},
                            {"name": "method", "value": "lora", "reason": "default"}],
                 "warnings": ["hot"],
                 "environment": {"seed": 42, "device": "cpu"},
                 "clip": 1.0,
                 "other_profile": {"name": "evidence",
                                   "ledger": [{"name": "method", "factor": 10.0, "reason": "LoRA"}],
                                   "choices": [{"name": "peak", "value": 2e-4, "reason": "LoRA"},
                                               {"name": "clip", "value": "0.5", "instead_of": "1", "reason": "free"}]},
                 "anything": {"else": [1]}}
                """);
        assertThat(run.name()).isEqualTo("lr-2e-5");
        assertThat(run.planned()).containsExactly(new RatePoint(1, 2e-5), new RatePoint(600, 0));
        assertThat(run.ledger())
                .containsExactly(
                        new LedgerEntry("peak", "2e-5", "given"),
                        new LedgerEntry("updates", "600", "2 epochs"),
                        new LedgerEntry("method", "lora", "default"));
        assertThat(run.warnings()).containsExactly("hot");
        assertThat(run.environment()).containsExactly(Map.entry("seed", "42"), Map.entry("device", "cpu"));
        assertThat(run.clip()).isEqualTo(1.0);
        assertThat(run.otherProfile())
                .isEqualTo(new OtherProfile(
                        "evidence",
                        List.of(new LedgerEntry("lr: method", "10", "LoRA")),
                        List.of(
                                new LedgerEntry("peak", "2e-4", "LoRA"),
                                new LedgerEntry("clip", "0.5 instead of 1", "free")),
                        ""));
        assertThat(HtmlReport.render(ReportPages.report(run), Language.ENGLISH)).contains("2 epochs");
    }

    @Test
    void plan_withoutWhatAReportReads_isEmptyThere() throws JsonProcessingException {
        ReportRun run = runWithPlan("{}");
        assertThat(run.planned()).isEmpty();
        assertThat(run.ledger()).isEmpty();
        assertThat(run.clip()).isNull();
        assertThat(run.otherProfile()).isNull();
        assertThat(runWithPlan("{\"clip\": 0.0}").clip()).as("no clipping").isNull();
        assertThat(run.withPlanned(List.of(new RatePoint(1, 3e-5))).planned()).hasSize(1);
    }

    @Test
    void plan_ofAnotherForm_isRefused() {
        assertThatThrownBy(() -> runWithPlan("{\"planned_lr\": [[1, \"fast\"]]}"))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("plan.json")
                .hasMessageContaining("fast");
        assertThatThrownBy(() -> runWithPlan("{\"clip\": \"hard\"}"))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("hard");
    }
}
