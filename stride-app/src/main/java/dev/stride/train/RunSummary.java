package dev.stride.train;

import dev.stride.config.LoraConfig;
import dev.stride.config.RunConfig;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.TrialSummary;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A run by its settings, for tools that show runs side by side; the names are those that a sweep's trials have there. */
final class RunSummary {
    private RunSummary() {}

    /**
     * A run that trains, or is over.
     *
     * @param name of its folder
     * @param result null while it trains
     * @param startMillis when this process began with it, in milliseconds since 1970
     * @param nowMillis the same of this moment
     */
    static TrialSummary of(
            Preparation preparation, String name, @Nullable RunResult result, long startMillis, long nowMillis) {
        RunConfig config = preparation.config();
        Map<String, Double> numbers = new LinkedHashMap<>();
        Map<String, String> words = new LinkedHashMap<>();
        numbers.put("lr", preparation.plan().peak());
        if (config.task() != null) {
            words.put("task", config.task().word());
        }
        words.put("method", config.tuning().method().word());
        if (config.tuning() instanceof LoraConfig lora) {
            numbers.put("lora_rank", (double) lora.rank());
            numbers.put("lora_alpha", lora.alpha());
            numbers.put("lora_dropout", lora.dropout());
        }
        numbers.put("batch", (double) preparation.plan().batch().value());
        words.put("schedule", preparation.plan().schedule().shape());
        numbers.put("warmup", (double) preparation.plan().schedule().warmup());
        numbers.put("weight_decay", (double)
                preparation.plan().optimizer().weightDecay().value());
        Double epochs = config.train().epochs();
        if (epochs != null) {
            numbers.put("epochs", epochs);
        }
        numbers.put("rows", (double) preparation.train().tokens().size());
        numbers.put("seed", (double) config.train().seed());
        numbers.put("planned_steps", (double) preparation.plan().updates().value());
        words.put("precision", preparation.precision().toString());
        words.put("model", String.valueOf(config.model().path()));
        return new TrialSummary(
                name,
                name,
                result == null
                        ? TrialSummary.State.RUNNING
                        : result.status() == RunResult.Status.FINISHED
                                ? TrialSummary.State.SUCCEEDED
                                : TrialSummary.State.ENDED,
                numbers,
                words,
                Map.of(),
                startMillis,
                nowMillis,
                List.of());
    }
}
