package dev.stride.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What a folder says of itself besides its events: settings, facts of the machine, and how it stands. */
final class MlflowFacts {
    /** Sections of settings that no run is made of. */
    private static final List<String> NOT_OF_A_RUN = List.of("output.", "sweep.", "find.");

    private MlflowFacts() {}

    /**
     * How a folder stands.
     *
     * @param word of MLflow: RUNNING, FINISHED, FAILED or KILLED
     * @param tags Stride's own word for it, the reason, and what else may change while it goes on
     * @param millis when it ended, in milliseconds since 1970; 0 while it runs
     */
    record Standing(String word, Map<String, String> tags, List<MlflowMetric> metrics, long millis) {
        boolean isOver() {
            return millis > 0;
        }

        /** The same words for the same standing. */
        String digest() {
            return EventTail.digest((word + "\n" + tags + "\n" + metrics).getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Settings of {@code plan.json} as resolved, what follows from them first; and those of the source. */
    static Map<String, String> params(MlflowSource source) {
        JsonNode plan = EventReader.json(source.folder().resolve(RunStore.PLAN));
        Map<String, String> params = new LinkedHashMap<>(source.params());
        put(params, "lr", plan.path("lr").path("peak"));
        put(params, "updates", plan.path("updates").path("value"));
        put(params, "batch", plan.path("batch").path("value"));
        put(params, "max_tokens", plan.path("max_tokens").path("value"));
        put(params, "precision", plan.path("precision").path("value"));
        put(params, "rows", plan.path("data").path("rows"));
        put(params, "tokens", plan.path("tokens"));
        put(params, "trainable_parameters", plan.path("tuning").path("trainable_parameters"));
        plan.path("config").properties().forEach(setting -> {
            if (NOT_OF_A_RUN.stream().noneMatch(setting.getKey()::startsWith)) {
                put(params, setting.getKey(), setting.getValue().path("value"));
            }
        });
        return params;
    }

    private static void put(Map<String, String> params, String name, JsonNode value) {
        if (value.isValueNode() && !value.isNull()) {
            params.putIfAbsent(name, value.asText());
        }
    }

    /** Facts of the machine from {@code plan.json}, and those of the source. */
    static Map<String, String> tags(MlflowSource source) {
        Map<String, String> tags = new LinkedHashMap<>();
        tags.put("mlflow.source.name", "stride");
        tags.put("mlflow.source.type", "LOCAL");
        EventReader.json(source.folder().resolve(RunStore.PLAN))
                .path("environment")
                .properties()
                .forEach(fact ->
                        tags.put("stride." + fact.getKey(), fact.getValue().asText()));
        tags.putAll(source.tags());
        return tags;
    }

    /** When a folder was begun, in milliseconds since 1970. */
    static long start(Path folder) {
        for (String first : List.of(RunStore.CONFIG, "sweep.yaml", RunStore.EVENTS, "sweep.json")) {
            long written = written(folder.resolve(first));
            if (written > 0) {
                return written;
            }
        }
        return 0;
    }

    /** How a folder stands: as its source says, else as its {@code result.json} does. */
    static Standing standing(MlflowSource source) {
        Path file = source.folder().resolve(RunStore.RESULT);
        JsonNode json = EventReader.json(file);
        RunResult result = json.isObject() ? RunResult.fromJson(json) : null;
        long ended = ended(source.folder());
        List<MlflowMetric> metrics = new ArrayList<>();
        if (result != null) {
            result.finalValues()
                    .forEach((name, value) ->
                            metrics.add(MlflowMetric.of("final/" + name, value, ended, result.steps())));
            RunResult.Best best = result.best();
            if (best != null) {
                metrics.add(MlflowMetric.of("best/" + best.metric(), best.value(), ended, best.step()));
            }
        }
        source.metrics().forEach((name, value) -> metrics.add(MlflowMetric.of(name, value, ended, source.step())));
        TrialSummary.State state = source.state();
        if (state == null) {
            state = result == null
                    ? TrialSummary.State.RUNNING
                    : switch (result.status()) {
                        case FINISHED -> TrialSummary.State.SUCCEEDED;
                        case STOPPED, FAILED -> TrialSummary.State.FAILED;
                        case INTERRUPTED -> TrialSummary.State.ENDED;
                    };
        }
        String reason = source.reason().isEmpty() && result != null ? result.reason() : source.reason();
        Map<String, String> tags = new LinkedHashMap<>();
        tags.put("stride.status", result == null ? "running" : result.status().word());
        tags.put("stride.reason", reason);
        tags.put("mlflow.note.content", reason);
        tags.putAll(source.tags());
        boolean over = state != TrialSummary.State.RUNNING;
        return new Standing(word(Objects.requireNonNull(state)), tags, metrics, over ? ended : 0);
    }

    private static long ended(Path folder) {
        long ended = Math.max(written(folder.resolve(RunStore.RESULT)), written(folder.resolve("sweep.json")));
        return ended > 0 ? ended : written(folder.resolve(RunStore.EVENTS));
    }

    private static String word(TrialSummary.State state) {
        return switch (state) {
            case RUNNING -> "RUNNING";
            case SUCCEEDED -> "FINISHED";
            case FAILED -> "FAILED";
            case ENDED -> "KILLED";
        };
    }

    /** When a file was last written, in milliseconds since 1970; 0 where it is not there. */
    static long written(Path file) {
        try {
            return Files.exists(file) ? Files.getLastModifiedTime(file).toMillis() : 0;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the time of " + file + ": " + e.getMessage(), e);
        }
    }
}
