package dev.stride.experiment;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A folder that becomes a run in MLflow, and what the folder itself does not say.
 *
 * @param folder of a run or a sweep
 * @param name as MLflow shows it
 * @param params settings besides those of {@code plan.json}
 * @param tags facts besides those of {@code plan.json}
 * @param state how it stands; null: as its {@code result.json} says
 * @param reason why it stands so, or what came out; may be empty
 * @param metrics values besides those of {@code events.jsonl}
 * @param step updates made when those were found
 */
public record MlflowSource(
        Path folder,
        String name,
        Map<String, String> params,
        Map<String, String> tags,
        TrialSummary.@Nullable State state,
        String reason,
        Map<String, Double> metrics,
        long step) {
    public MlflowSource {
        params = Collections.unmodifiableMap(new LinkedHashMap<>(params));
        tags = Collections.unmodifiableMap(new LinkedHashMap<>(tags));
        metrics = OrderedNumbers.copy(metrics);
    }

    /** A run that is part of nothing, under its folder's name. */
    public static MlflowSource run(Path folder) {
        return new MlflowSource(
                folder,
                String.valueOf(folder.toAbsolutePath().normalize().getFileName()),
                Map.of(),
                Map.of(),
                null,
                "",
                Map.of(),
                0);
    }
}
