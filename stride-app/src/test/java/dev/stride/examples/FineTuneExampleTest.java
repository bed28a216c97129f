package dev.stride.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.SmallCheckpoint;
import dev.stride.checkpoint.Adapter;
import dev.stride.checkpoint.AdapterConfig;
import dev.stride.experiment.StepEvent;
import dev.stride.train.Runs;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FineTuneExampleTest {
    @TempDir
    Path folder;

    @Test
    void fineTune_leavesAnAdapterThatLearned() {
        Path model = SmallCheckpoint.PLAIN.writeBelow(folder);
        Path rows = SmallCheckpoint.rows(folder.resolve("rows.jsonl"), 20, 30);
        Path adapter = FineTuneExample.fineTune(model, rows, folder.resolve("run"));
        AdapterConfig config = Adapter.config(adapter);
        assertThat(config.rank()).isEqualTo(8);
        assertThat(config.targetModules()).containsExactly("query_key_value");
        List<StepEvent> steps = Runs.steps(folder.resolve("run"));
        assertThat(steps).hasSize(10);
        assertThat(epochLoss(steps, 2)).as("the same rows again").isLessThan(epochLoss(steps, 1) - 0.03);
    }

    private static double epochLoss(List<StepEvent> steps, int epoch) {
        return steps.subList(5 * epoch - 5, 5 * epoch).stream()
                .mapToDouble(StepEvent::loss)
                .average()
                .orElseThrow();
    }
}
