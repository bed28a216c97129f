package dev.stride.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.SmallCheckpoint;
import dev.stride.config.UserException;
import dev.stride.data.Batch;
import dev.stride.data.DataLoader;
import dev.stride.data.Update;
import dev.stride.experiment.NoteEvent;
import dev.stride.experiment.RunEvent;
import dev.stride.model.Linear;
import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The self-test passes what trains and catches each planted fault. */
class SelfTestTest {
    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static List<String> words;

    @BeforeAll
    static void write() {
        Path model = SmallCheckpoint.PLAIN.writeBelow(shared);
        Path rows = SmallCheckpoint.rows(shared.resolve("rows.jsonl"), 24, 5);
        words = List.of(
                "--model",
                model.toString(),
                "--data",
                rows.toString(),
                "--batch",
                "4",
                "--threads",
                "1",
                "--lr",
                "1e-3");
    }

    private static TrialRig rig(String method) {
        return TrialRig.of(Runs.prepare(Runs.with(words, "--method", method, "--steps", "4000")));
    }

    private static SelfTest.Report test(TrialRig rig) {
        return SelfTest.run(rig.preparation(), rig.model(), rig.tuning(), false, TrainCallback.NONE, () -> false);
    }

    private static SelfTest.Report test(TrialRig rig, Supplier<SelfTest.Stepper> steppers, List<Update> updates) {
        return test(rig, steppers, updates, true);
    }

    private static SelfTest.Report test(
            TrialRig rig, Supplier<SelfTest.Stepper> steppers, List<Update> updates, boolean judgesRate) {
        return new SelfTest(rig.tuning().parameters(), steppers, updates, 1e-3, 4000, judgesRate)
                .run(TrainCallback.NONE, () -> false);
    }

    private static List<Update> updates(TrialRig rig) {
        DataLoader loader = new DataLoader(
                rig.preparation().train().tokens(), rig.preparation().loaderSettings());
        List<Update> updates = new ArrayList<>();
        for (int i = 0; i < SelfTest.UPDATES; i++) {
            updates.add(loader.next());
        }
        return updates;
    }

    private static List<String> faults(SelfTest.Report report) {
        return report.findings().stream()
                .filter(finding -> finding.level() == SelfTest.Level.FAULT)
                .map(SelfTest.Finding::name)
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"lora", "full"})
    void run_soundRun_passesAndLeavesEveryTensorAsItWas(String method) {
        try (TrialRig rig = rig(method)) {
            Map<String, float[]> before = rig.values();
            SelfTest.Report report = test(rig);
            assertThat(report.passed()).as(report.sentences().toString()).isTrue();
            assertThat(report.updates()).isEqualTo(30);
            assertThat(report.findings())
                    .extracting(SelfTest.Finding::name)
                    .containsExactly("mask", "finite", "gradients", "rate", "duration");
            assertThat(report.findings()).extracting(SelfTest.Finding::level).containsOnly(SelfTest.Level.FINE);
            assertThat(report.predictedSeconds()).isEqualTo(4000 * report.secondsAnUpdate());
            assertThat(report.sentences().get(4)).contains("4,000", "without validation and saving");
            Map<String, float[]> after = rig.values();
            assertThat(after).hasSameSizeAs(before);
            before.forEach(
                    (name, values) -> assertThat(after.get(name)).as(name).isEqualTo(values));
        }
    }

    @Test
    void run_emptyMask_isAFault() {
        try (TrialRig rig = rig("lora")) {
            Batch masked = new Batch(new int[] {5, 6, 7}, new int[] {3}, new int[0], new int[0]);
            Update update = new Update(1, 1, List.of(masked), 0, List.of("rows:1"));
            SelfTest.Report report = test(
                    rig,
                    () -> new Trial(rig.preparation(), rig.model(), rig.tuning(), false),
                    List.of(update, update, update));
            assertThat(faults(report)).containsExactly("mask");
            assertThat(report.updates()).isZero();
            assertThat(report.sentences().get(0)).contains("every label is masked");
        }
    }

    /** An optimizer that makes every update at one rate, whatever it is told (unsloth issue 2084). */
    @ParameterizedTest
    @ValueSource(strings = {"lora", "full"})
    void run_optimizerThatIgnoresTheRate_isAFault(String method) {
        try (TrialRig rig = rig(method)) {
            SelfTest.Report report = test(
                    rig, () -> new Deaf(new Trial(rig.preparation(), rig.model(), rig.tuning(), false)), updates(rig));
            assertThat(faults(report)).containsExactly("rate");
            assertThat(report.sentences().toString()).contains("it has no effect: 15 losses are the same");
        }
    }

    /** The guard was a name without an act once: the self-test judged the rate whether it was on or off. */
    @Test
    void run_guardOfTheRateIsOff_doesNotJudgeIt() {
        try (TrialRig rig = rig("lora")) {
            Supplier<SelfTest.Stepper> deaf =
                    () -> new Deaf(new Trial(rig.preparation(), rig.model(), rig.tuning(), false));
            assertThat(faults(test(rig, deaf, updates(rig), false))).isEmpty();
        }
        String[] guards = {"rate-without-effect=on", "rate-without-effect=off"};
        for (String guard : guards) {
            List<String> run = Runs.with(words, "--method", "lora", "--steps", "4000", "--guard", guard);
            try (TrialRig rig = TrialRig.of(Runs.prepare(run))) {
                assertThat(test(rig).findings())
                        .extracting(SelfTest.Finding::name)
                        .as(guard)
                        .hasSize(guard.endsWith("on") ? 5 : 4)
                        .contains("mask", "finite", "gradients", "duration");
            }
        }
    }

    @Test
    void run_adapterThatIsNotUsed_isAFaultWithItsName() {
        try (TrialRig rig = rig("lora")) {
            Linear cut = rig.model().linears().stream()
                    .filter(linear -> linear.name().endsWith("layers.1.self_attention.query_key_value"))
                    .findFirst()
                    .orElseThrow();
            cut.setAddition(null);
            SelfTest.Report report = test(rig);
            assertThat(faults(report)).containsExactly("gradients");
            assertThat(report.sentences().toString()).contains("2 of 4 tensors", cut.name() + ".lora_A.weight");
        }
    }

    @Test
    void run_frozenParameter_isAFaultWithItsName() {
        try (TrialRig rig = rig("full")) {
            var parameter = rig.tuning().parameters().stream()
                    .filter(p -> p.name().endsWith("layers.0.mlp.dense_h_to_4h.weight"))
                    .findFirst()
                    .orElseThrow();
            parameter.tensor().requires_grad_(false);
            SelfTest.Report report = test(rig);
            assertThat(faults(report)).containsExactly("gradients");
            assertThat(report.sentences().toString()).contains("1 of 17 tensors", parameter.name());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lora", "full"})
    void run_weightsThatAreNotNumbers_isAFault(String method) {
        try (TrialRig rig = rig(method)) {
            fillWithNaN(rig.model().weights().values().iterator().next());
            SelfTest.Report report = test(rig);
            assertThat(faults(report)).containsExactly("finite");
            assertThat(report.sentences().toString()).contains("before any update");
        }
    }

    @Test
    void train_selfTestOn_isNotedAndChangesNoNumber() {
        List<String> run = Runs.with(words, "--method", "lora", "--steps", "3");
        Path on = folder.resolve("on");
        Path off = folder.resolve("off");
        Path auto = folder.resolve("auto");
        Runs.train(Runs.with(run, "--self-test", "on"), on, () -> false);
        Runs.train(Runs.with(run, "--self-test", "off"), off, () -> false);
        Runs.train(run, auto, () -> false);
        assertThat(notes(on)).hasSize(5).allMatch(note -> note.startsWith("self-test, "));
        assertThat(notes(off)).isEmpty();
        assertThat(notes(auto)).as("three updates are no long run").isEmpty();
        assertThat(Runs.steps(on)).hasSize(3);
        assertThat(Runs.content(on, 3)).isEqualTo(Runs.content(off, 3));
    }

    @Test
    void isDue_auto_fromAThousandUpdatesOn() {
        assertThat(SelfTest.isDue(Runs.prepare(Runs.with(words, "--steps", "999"))))
                .isFalse();
        assertThat(SelfTest.isDue(Runs.prepare(Runs.with(words, "--steps", "1000"))))
                .isTrue();
        assertThat(SelfTest.isDue(Runs.prepare(Runs.with(words, "--steps", "1000", "--self-test", "off"))))
                .isFalse();
    }

    @Test
    void train_brokenWeights_failsBeforeTheFirstUpdateAndTheFolderSaysWhy() {
        Path run = folder.resolve("run");
        try (TrainingRun training = new TrainingRun(
                Runs.prepare(Runs.with(words, "--method", "full", "--steps", "3", "--self-test", "on")),
                TrainCallback.NONE)) {
            fillWithNaN(training.model().weights().values().iterator().next());
            assertThatThrownBy(() -> training.train(run, TrainCallback.NONE, () -> false))
                    .isInstanceOf(UserException.class)
                    .hasMessageContaining("before any update")
                    .hasMessageContaining("--self-test off");
        }
        assertThat(Runs.json(run.resolve("result.json")).get("status").asText()).isEqualTo("failed");
    }

    private static List<String> notes(Path run) {
        List<String> notes = new ArrayList<>();
        for (RunEvent event : Runs.events(run)) {
            if (event instanceof NoteEvent note) {
                notes.add(note.text());
            }
        }
        return notes;
    }

    private static void fillWithNaN(Tensor tensor) {
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            tensor.fill_(new Scalar(Double.NaN));
        }
    }

    private record Deaf(Trial trial) implements SelfTest.Stepper {
        @Override
        public TrainStep.Gradients gradients(Update update, long number) {
            return trial.gradients(update, number);
        }

        @Override
        public void update(double rate, TrainStep.Gradients gradients) {
            trial.update(2e-3, gradients);
        }

        @Override
        public int overflows() {
            return trial.overflows();
        }

        @Override
        public void close() {
            trial.close();
        }
    }
}
