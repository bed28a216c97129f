package dev.stride.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.SmallCheckpoint;
import dev.stride.experiment.StepEvent;
import dev.stride.schedule.LrSchedule;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rate that was planned is the rate that was used and logged, bit for bit. */
class RatesTest {
    @TempDir
    static Path shared;

    @TempDir
    Path folder;

    private static Path model;
    private static Path rows;

    @BeforeAll
    static void write() {
        model = SmallCheckpoint.PLAIN.writeBelow(shared);
        rows = SmallCheckpoint.rows(shared.resolve("rows.jsonl"), 6, 9);
    }

    @ParameterizedTest
    @CsvSource({
        "cosine,native,full",
        "linear,hf,lora",
        "wsd,native,lora",
        "polynomial,hf,full",
        "rex,native,lora",
        "one-cycle,torch,lora"
    })
    void everyUpdate_usesThePlannedRate(String schedule, String form, String method) {
        List<String> words = words(
                "--method", method, "--schedule", schedule, "--schedule-form", form, "--lr", "1.7e-4", "--warmup", "3");
        LrSchedule planned = Runs.prepare(words).plan().schedule();
        Path run = folder.resolve("run");
        Runs.train(words, run, () -> false);
        List<StepEvent> steps = Runs.steps(run);
        assertThat(steps).hasSize(9);
        Set<String> groups = method.equals("full") ? Set.of("decay", "no_decay") : Set.of("decay");
        for (StepEvent step : steps) {
            assertThat(step.lr().keySet()).isEqualTo(groups);
            assertThat(step.lr().values()).containsOnly(planned.at(step.step()));
        }
        assertThat(steps.stream().mapToDouble(step -> step.lr().get("decay")).distinct())
                .as("a schedule that moves")
                .hasSizeGreaterThan(4);
        var logged = Runs.json(run.resolve("plan.json"));
        assertThat(logged.toString()).contains("1.7E-4");
    }

    /** With decay 0 and one row the first update moves every number by the rate times sign: Adam's first step. */
    @Test
    void firstUpdate_movesByTheRate() {
        double rate = 3e-3;
        Preparation preparation =
                Runs.prepare(words("--method", "lora", "--schedule", "constant", "--warmup", "0", "--lr", "3e-3"));
        BooleanSupplier afterOne = Runs.after(1);
        try (TrainingRun run = new TrainingRun(preparation, TrainCallback.NONE)) {
            run.train(folder.resolve("run"), Runs.watching(afterOne), afterOne);
        }
        StepEvent step = Runs.steps(folder.resolve("run")).get(0);
        assertThat(step.lr()).containsEntry("decay", rate);
        float[] b = dev.stride.GoldenTensors.read(
                        folder.resolve("run/checkpoints/step-000001/adapter_model.safetensors"))
                .floats("base_model.model.transformer.encoder.layers.0.self_attention.query_key_value.lora_B.weight");
        int moved = 0;
        for (float value : b) {
            // B starts at 0; only where the gradient is as small as Adam's eps does it move less
            moved += Math.abs(Math.abs(value) - rate) < 1e-5 ? 1 : 0;
        }
        assertThat(moved).isGreaterThan((int) (0.95 * b.length));
    }

    private static List<String> words(String... more) {
        return Runs.with(
                List.of(
                        "--model",
                        model.toString(),
                        "--data",
                        rows.toString(),
                        "--threads",
                        "1",
                        "--steps",
                        "9",
                        "--batch",
                        "2"),
                more);
    }
}
