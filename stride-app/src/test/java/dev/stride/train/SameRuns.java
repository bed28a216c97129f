package dev.stride.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.stride.GoldenTensors;
import dev.stride.checkpoint.DType;
import dev.stride.checkpoint.StoredTensor;
import dev.stride.checkpoint.WeightReader;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.StepEvent;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** Compares the folders of two runs that must have learned the same, within a tolerance; each gives the number compared. */
final class SameRuns {
    private SameRuns() {}

    /** Losses, norms and rates of every update; the rates are the same numbers. */
    static int compareSteps(Path actual, Path expected, double tolerance) {
        List<StepEvent> wanted = Runs.steps(expected);
        List<StepEvent> steps = Runs.steps(actual);
        assertThat(steps).hasSameSizeAs(wanted);
        for (int i = 0; i < wanted.size(); i++) {
            double loss = wanted.get(i).loss();
            double norm = wanted.get(i).gradNorm();
            assertThat(steps.get(i).loss()).as("loss of %s", actual).isCloseTo(loss, within(tolerance * loss));
            assertThat(steps.get(i).gradNorm()).as("norm of %s", actual).isCloseTo(norm, within(10 * tolerance * norm));
            assertThat(steps.get(i).lr()).isEqualTo(wanted.get(i).lr());
            assertThat(steps.get(i).tokens()).isEqualTo(wanted.get(i).tokens());
        }
        return steps.size();
    }

    static int compareEvaluations(Path actual, Path expected, double tolerance) {
        List<EvalEvent> wanted = evaluations(expected);
        List<EvalEvent> found = evaluations(actual);
        assertThat(found).hasSameSizeAs(wanted);
        for (int i = 0; i < wanted.size(); i++) {
            assertThat(found.get(i).loss())
                    .isCloseTo(
                            wanted.get(i).loss(),
                            within(tolerance * wanted.get(i).loss()));
            assertThat(found.get(i).scores())
                    .isNotEmpty()
                    .isEqualTo(wanted.get(i).scores());
        }
        return found.size();
    }

    private static List<EvalEvent> evaluations(Path run) {
        return Runs.events(run).stream()
                .filter(EvalEvent.class::isInstance)
                .map(EvalEvent.class::cast)
                .toList();
    }

    /** What the best checkpoint of a run holds. */
    static void compareWeights(Path actual, Path expected, RunResult of, double tolerance) {
        compareWeights(actual, expected, Objects.requireNonNull(of.best()).checkpoint(), tolerance);
    }

    static void compareWeights(Path actual, Path expected, long step, double tolerance) {
        compareWeights(actual, expected, String.format("checkpoints/step-%06d", step), tolerance);
    }

    private static void compareWeights(Path actual, Path expected, String checkpoint, double tolerance) {
        int compared = 0;
        try (WeightReader found = open(actual.resolve(checkpoint));
                WeightReader wanted = open(expected.resolve(checkpoint))) {
            for (String name : wanted.names()) {
                if (name.endsWith("query_key_value.bias")) {
                    continue; // no bias of the keys changes a score, so its gradient is noise, which AdamW takes for
                    // signal
                }
                assertThat(GoldenTensors.relativeDifference(floats(found, name), floats(wanted, name)))
                        .as(name)
                        .isLessThan(100 * tolerance);
                compared++;
            }
        }
        assertThat(compared).isGreaterThanOrEqualTo(4);
    }

    /** The adapter of a checkpoint, or its model. */
    private static WeightReader open(Path checkpoint) {
        Path adapter = checkpoint.resolve("adapter_model.safetensors");
        return Files.exists(adapter) ? WeightReader.openFile(adapter) : WeightReader.open(checkpoint);
    }

    private static float[] floats(WeightReader reader, String name) {
        StoredTensor stored = reader.read(name);
        assertThat(stored.dtype()).isEqualTo(DType.F32);
        FloatBuffer buffer = stored.bytes().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        float[] values = new float[buffer.remaining()];
        buffer.get(values);
        return values;
    }
}
