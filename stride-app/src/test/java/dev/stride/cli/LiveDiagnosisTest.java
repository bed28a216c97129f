package dev.stride.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.SmallCheckpoint;
import dev.stride.experiment.BranchEvent;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.EventSink;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.RunStore;
import dev.stride.experiment.StepEvent;
import dev.stride.report.Language;
import dev.stride.train.TrainCallback;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LiveDiagnosisTest {
    private static final String PLAN = "{\"schedule\": {\"steps\": 100, \"warmup_steps\": 4}}";

    @TempDir
    Path folder;

    private final List<String> lines = new ArrayList<>();
    private final List<RunEvent> passedOn = new ArrayList<>();

    private LiveDiagnosis diagnosis(Language language) {
        return new LiveDiagnosis(
                new TrainCallback() {
                    @Override
                    public void event(RunEvent event) {
                        passedOn.add(event);
                    }
                },
                folder.resolve("run"),
                language,
                lines::add);
    }

    /** As the trainer does: into the file, then to the callback. */
    private static void tell(EventSink sink, LiveDiagnosis diagnosis, RunEvent event) {
        sink.write(event);
        diagnosis.event(event);
    }

    private static void tell(EventSink sink, LiveDiagnosis diagnosis, int from, int to, double factor) {
        for (int i = from; i <= to; i++) {
            tell(sink, diagnosis, step(i, 6 * Math.exp(-i / 20.0)));
            if (i % 10 == 0) {
                tell(sink, diagnosis, new EvalEvent(i, i <= 40 ? 6 - 0.1 * i : factor * i, 10, Map.of(), 1));
            }
        }
    }

    private static StepEvent step(int step, double loss) {
        return new StepEvent(step, loss, Map.of("decay", 1e-3), 1, 10, 1, 10, 1);
    }

    @Test
    void event_verdictOfAnotherKind_isALine_theSameIsNot() throws IOException {
        try (RunStore store = RunStore.create(folder.resolve("run"));
                EventSink sink = store.openSink(0, InstantSource.system())) {
            Files.writeString(folder.resolve("run/plan.json"), PLAN);
            tell(sink, diagnosis(Language.ENGLISH), 1, 90, 0.1);
        }
        assertThat(passedOn).hasSize(99);
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0))
                .startsWith("step 20: diagnosis: healthy (confidence ")
                .contains("seen until now, step 20 of 100: ")
                .endsWith("Do: go on with the peak of 1e-3; the best state until now is that of step 20,"
                        + " where the validation loss was lowest.");
        assertThat(lines.get(1)).startsWith("step 50: diagnosis: overfit").contains("checkpoint of step 40");
    }

    /** Overfitting by a little: 2 at step 40, then 2.2 and 2.22 are findings of 67 and 68 %. */
    @Test
    void event_findingOfLittleConfidence_waitsForTheNextEvaluation() throws IOException {
        try (RunStore store = RunStore.create(folder.resolve("run"));
                EventSink sink = store.openSink(0, InstantSource.system())) {
            Files.writeString(folder.resolve("run/plan.json"), PLAN);
            LiveDiagnosis diagnosis = diagnosis(Language.ENGLISH);
            tell(sink, diagnosis, 1, 49, 0);
            tell(sink, diagnosis, step(50, 0.5));
            tell(sink, diagnosis, new EvalEvent(50, 2.2, 10, Map.of(), 1));
            assertThat(lines).hasSize(1);
            tell(sink, diagnosis, step(51, 0.5));
            tell(sink, diagnosis, new EvalEvent(51, 2.22, 10, Map.of(), 1));
        }
        assertThat(lines).hasSize(2);
        assertThat(lines.get(1))
                .startsWith("step 51: diagnosis: overfit (confidence 6")
                .contains("step 40 (2)");
    }

    @Test
    void event_ofARunThatGoesOn_seesWhatWasBefore() throws IOException {
        try (RunStore store = RunStore.create(folder.resolve("run"));
                EventSink sink = store.openSink(0, InstantSource.system())) {
            Files.writeString(folder.resolve("run/plan.json"), PLAN);
            tell(sink, diagnosis(Language.ENGLISH), 1, 55, 0.02);
        }
        lines.clear();
        Files.writeString(folder.resolve("run/config.yaml"), "");
        try (RunStore store = RunStore.resume(folder.resolve("run"));
                EventSink sink = store.openSink(45, InstantSource.system())) {
            tell(sink, diagnosis(Language.CHINESE), 46, 50, 0.1);
        }
        // five updates alone would be too few to judge
        assertThat(lines).hasSize(1);
        assertThat(lines.get(0)).startsWith("step 50: diagnosis: 过拟合").contains("第 50/100 步");
    }

    @Test
    void event_inARecovery_looksAtTheWayToItAlone() throws IOException {
        try (RunStore store = RunStore.create(folder.resolve("run"));
                EventSink sink = store.openSink(0, InstantSource.system())) {
            Files.writeString(folder.resolve("run/plan.json"), PLAN);
            LiveDiagnosis diagnosis = diagnosis(Language.ENGLISH);
            tell(sink, diagnosis, 1, 60, 0.1);
            tell(sink, diagnosis, new BranchEvent(40, "recovery-1", "main", 0.5, "no gain"));
            tell(sink, diagnosis, 41, 50, 0.02);
        }
        assertThat(lines).hasSize(3);
        assertThat(lines.get(1)).startsWith("step 50: diagnosis: overfit");
        assertThat(lines.get(2)).startsWith("step 50: diagnosis: healthy");
    }

    /** A whole run: what was said while it went on, and at its end what report says. */
    @Test
    void train_saysItWhileItRunsAndAtItsEnd_withJsonNothing() throws IOException {
        Path model = SmallCheckpoint.PLAIN.writeBelow(folder);
        Path rows = SmallCheckpoint.rows(folder.resolve("rows.jsonl"), 8, 3);
        Path validation = Files.writeString(
                folder.resolve("validation.jsonl"),
                "{\"conversations\":[{\"role\":\"user\",\"content\":\"who\"},"
                        + "{\"role\":\"assistant\",\"content\":\"zoe quizzed five jumpy wizards\"}]}\n");
        List<Object> words = new ArrayList<>(List.of("train", "--model", model, "--data", rows, "--val", validation));
        words.addAll(List.of("--method", "full", "--lr", "1e-2", "--schedule", "constant", "--warmup", 0));
        words.addAll(List.of("--batch", 4, "--steps", 40, "--eval-every", 4, "--val-generate", 0, "--threads", 1));
        words.addAll(List.of("--guard", "early-stop=off,diverged=off,grad-norm=off", "--out"));
        List<Object> json = new ArrayList<>(words);
        words.add(folder.resolve("run"));
        json.addAll(List.of(folder.resolve("quiet"), "--json"));
        VerbRun run = VerbRun.of(words.toArray());
        assertThat(run.status()).as(run.err()).isZero();
        List<String> said =
                run.err().lines().filter(l -> l.contains(": diagnosis: ")).toList();
        assertThat(said).isNotEmpty().allMatch(line -> line.matches("step \\d+: diagnosis: .*(until now|截至目前).*"));
        String last = RunDiagnosis.texts(dev.stride.experiment.EventReader.read(folder.resolve("run")))
                .get(0)
                .in(Reports.language());
        assertThat(run.out()).contains("  diagnosis      " + last);
        VerbRun quiet = VerbRun.of(json.toArray());
        assertThat(quiet.json().path("status").asText()).isEqualTo("finished");
        assertThat(quiet.err()).contains("validation loss").doesNotContain("diagnosis");
    }
}
