package dev.stride.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.SmallCheckpoint;
import dev.stride.config.UserException;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.SaveEvent;
import dev.stride.experiment.SkipEvent;
import dev.stride.experiment.StepEvent;
import dev.stride.experiment.VerdictEvent;
import dev.stride.model.ChatGlmModel;
import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens when numbers go wrong: no update is made with them, and what was good stays. */
class GuardTest {
    private static final String FINAL_NORM = "transformer.encoder.final_layernorm.weight";
    private static final int STEPS = 6;

    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static Path model;
    private static Path rows;

    @BeforeAll
    static void write() {
        model = SmallCheckpoint.PLAIN.writeBelow(shared);
        rows = SmallCheckpoint.rows(shared.resolve("rows.jsonl"), 12, 6);
    }

    @Test
    void lossThatStaysNaN_stopsWithTheLastGoodStateKept() {
        Path run = folder.resolve("run");
        Path good = folder.resolve("good");
        List<String> words = words("--method", "lora", "--lr", "1e-3");
        Runs.train(words, good, Runs.after(3));
        Poison poison = new Poison(3, 99);
        RunResult result = train(words, run, poison);
        assertThat(result.status()).isEqualTo(RunResult.Status.STOPPED);
        assertThat(result.steps()).isEqualTo(3);
        assertThat(result.reason()).contains("the loss is NaN").contains("second bad step in a row");
        assertThat(result).isEqualTo(RunResult.fromJson(Runs.json(run.resolve("result.json"))));
        List<RunEvent> events = Runs.events(run);
        assertThat(events.stream().map(event -> event.getClass().getSimpleName()))
                .containsExactly("StepEvent", "StepEvent", "StepEvent", "SkipEvent", "VerdictEvent", "SaveEvent");
        assertThat(events.get(3)).isInstanceOfSatisfying(SkipEvent.class, skip -> {
            assertThat(skip.step()).isEqualTo(4);
            assertThat(skip.reason()).contains("the loss is NaN");
        });
        assertThat(events.get(4)).isInstanceOfSatisfying(VerdictEvent.class, verdict -> {
            assertThat(verdict.action()).isEqualTo("stop");
            assertThat(verdict.monitor()).isEqualTo("non-finite");
        });
        assertThat(poison.seen).isEqualTo(events);
        Map<String, String> kept = Runs.content(run, 3);
        Map<String, String> expected = Runs.content(good, 3);
        for (String file : List.of("adapter_model.safetensors", "optimizer.safetensors")) {
            assertThat(kept.get(file)).as(file).isNotNull().isEqualTo(expected.get(file));
        }
    }

    @Test
    void oneBadBatch_isSkippedAndTheScheduleStillRunsToItsEnd() {
        Path run = folder.resolve("run");
        Preparation preparation = Runs.prepare(words("--method", "lora", "--lr", "1e-3"));
        RunResult result = train(words("--method", "lora", "--lr", "1e-3"), run, new Poison(3, 1));
        assertThat(result.status()).isEqualTo(RunResult.Status.FINISHED);
        assertThat(result.steps()).isEqualTo(STEPS);
        List<StepEvent> steps = Runs.steps(run);
        assertThat(steps).hasSize(STEPS);
        for (int i = 0; i < STEPS; i++) {
            assertThat(steps.get(i).step()).isEqualTo(i + 1);
            assertThat(steps.get(i).lr().values())
                    .containsOnly(preparation.plan().schedule().at(i + 1));
        }
        assertThat(Runs.events(run).stream().filter(SkipEvent.class::isInstance))
                .hasSize(1);
        // the batch that was skipped is not seen again: update 4 learns from what update 5 would have had
        Path undisturbed = folder.resolve("undisturbed");
        Runs.train(words("--method", "lora", "--lr", "1e-3"), undisturbed, () -> false);
        assertThat(steps.get(3).tokens())
                .isEqualTo(Runs.steps(undisturbed).get(4).tokens());
    }

    @Test
    void rateThatBreaksTheRun_isStoppedAfterTheLastFiniteUpdate() {
        Path run = folder.resolve("run");
        List<String> words = words("--method", "full", "--lr", "1e30", "--save-every", "1", "--clip", "0");
        List<Map<String, String>> saved = new ArrayList<>();
        RunResult result;
        try (TrainingRun training = new TrainingRun(Runs.prepare(words), TrainCallback.NONE)) {
            result = training.train(
                    run,
                    new TrainCallback() {
                        @Override
                        public void event(RunEvent event) {
                            if (event instanceof SaveEvent save) {
                                saved.add(Runs.content(run, save.step()));
                            }
                        }
                    },
                    () -> false);
        }
        assertThat(result.status()).isEqualTo(RunResult.Status.STOPPED);
        assertThat(result.steps()).isBetween(1L, 4L);
        assertThat(Runs.steps(run)).hasSize((int) result.steps());
        Map<String, String> last = saved.get(saved.size() - 1);
        Map<String, String> before = saved.get(saved.size() - 2);
        assertThat(last).hasSameSizeAs(before);
        int compared = 0;
        for (Map.Entry<String, String> file : before.entrySet()) {
            if (file.getKey().endsWith(".safetensors")) {
                assertThat(last).containsEntry(file.getKey(), file.getValue());
                compared++;
            }
        }
        assertThat(compared).as("the model and the optimizer's state").isEqualTo(2);
        // going on meets the same numbers again and stops again
        RunResult again = Runs.resume(words, run, () -> false);
        assertThat(again.status()).isEqualTo(RunResult.Status.STOPPED);
        assertThat(again.steps()).isEqualTo(result.steps());
    }

    @Test
    void fp16OnACpu_isRefused() {
        assertThatThrownBy(() -> Runs.prepare(words("--method", "lora", "--precision", "fp16", "--device", "cpu")))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("train.precision")
                .hasMessageContaining("Fp16 needs CUDA; on a CPU choose bf16 or fp32");
        assertThat(Files.exists(folder.resolve("run"))).isFalse();
    }

    @Test
    void errorInTheMiddle_isTheResultAndTheRunGoesOn() {
        Path run = folder.resolve("run");
        List<String> words = Runs.with(words("--method", "lora", "--lr", "1e-3"), "--save-every", "2");
        TrainCallback broken = new TrainCallback() {
            @Override
            public void event(RunEvent event) {
                if (event instanceof StepEvent step && step.step() == 3) {
                    throw new IllegalStateException("the third step broke");
                }
            }
        };
        try (TrainingRun training = new TrainingRun(Runs.prepare(words), TrainCallback.NONE)) {
            assertThatThrownBy(() -> training.train(run, broken, () -> false))
                    .isInstanceOf(IllegalStateException.class);
        }
        RunResult failed = RunResult.fromJson(Runs.json(run.resolve("result.json")));
        assertThat(failed.status()).isEqualTo(RunResult.Status.FAILED);
        assertThat(failed.reason()).isEqualTo("the third step broke");
        assertThat(Runs.resume(words, run, () -> false).status()).isEqualTo(RunResult.Status.FINISHED);
        assertThat(Runs.steps(run)).hasSize(STEPS);
    }

    private static RunResult train(List<String> words, Path run, Poison poison) {
        try (TrainingRun training = new TrainingRun(Runs.prepare(words), TrainCallback.NONE)) {
            poison.model = training.model();
            return training.train(run, poison, () -> false);
        }
    }

    private static List<String> words(String... more) {
        List<String> words = List.of(
                "--model",
                model.toString(),
                "--data",
                rows.toString(),
                "--threads",
                "1",
                "--steps",
                Integer.toString(STEPS),
                "--batch",
                "2");
        return Runs.with(words, more);
    }

    /** Makes a frozen weight NaN after an update, and good again after some batches were skipped. */
    private static final class Poison implements TrainCallback {
        private final long after;
        private final int skips;
        private final List<RunEvent> seen = new ArrayList<>();
        private @org.jspecify.annotations.Nullable ChatGlmModel model;
        private float first;
        private int skipped;

        Poison(long after, int skips) {
            this.after = after;
            this.skips = skips;
        }

        @Override
        public void event(RunEvent event) {
            seen.add(event);
            if (event instanceof StepEvent step && step.step() == after) {
                first = Tensors.floats(weight())[0];
                set(Float.NaN);
            } else if (event instanceof SkipEvent && ++skipped == skips) {
                set(first);
            }
        }

        private Tensor weight() {
            ChatGlmModel opened = java.util.Objects.requireNonNull(model);
            return java.util.Objects.requireNonNull(opened.weights().get(FINAL_NORM));
        }

        private void set(float value) {
            Tensor weight = weight();
            try (TensorScope scope = new TensorScope();
                    NoGrad off = new NoGrad()) {
                weight.narrow(0, 0, 1).fill_(new Scalar(value));
            }
        }
    }
}
