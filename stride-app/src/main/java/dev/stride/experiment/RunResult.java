package dev.stride.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a run ended: {@code result.json}.
 *
 * @param status the kind of end
 * @param steps updates made
 * @param best the best evaluation, or null when there was none
 * @param finalValues the last numbers by name ({@code loss}, {@code bleu-4}, {@code seconds}, ...); the key in the file
 *     is {@code final}
 * @param reason why the run ended, as a sentence
 */
public record RunResult(
        Status status, long steps, @Nullable Best best, Map<String, Double> finalValues, String reason) {
    /** The kinds of end. */
    public enum Status {
        /** All planned updates were made. */
        FINISHED,
        /** A guard stopped the run. */
        STOPPED,
        /** An error ended it. */
        FAILED,
        /** The user or the machine ended it; its state is saved. */
        INTERRUPTED;

        /** The word in {@code result.json}. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        private static Status of(String word) {
            for (Status status : values()) {
                if (status.word().equals(word)) {
                    return status;
                }
            }
            throw new IllegalArgumentException(
                    "'status' must be finished, stopped, failed or interrupted but is '" + word + "'");
        }
    }

    /**
     * The best evaluation of a run.
     *
     * @param step updates made before it
     * @param metric what was compared, for example {@code loss}
     * @param value its value
     * @param checkpoint the checkpoint's folder, relative to the run's; empty when none was kept
     */
    public record Best(long step, String metric, double value, String checkpoint) {}

    public RunResult {
        finalValues = OrderedNumbers.copy(finalValues);
    }

    /** The result as the JSON object of {@code result.json}; {@code best} is null when there is none. */
    public ObjectNode toJson() {
        ObjectNode object = JsonFields.empty().put("status", status.word()).put("steps", steps);
        if (best == null) {
            object.putNull("best");
        } else {
            ObjectNode inner = object.putObject("best").put("step", best.step()).put("metric", best.metric());
            JsonFields.put(inner, "value", best.value());
            inner.put("checkpoint", best.checkpoint());
        }
        JsonFields.putAll(object.putObject("final"), finalValues);
        return object.put("reason", reason);
    }

    /**
     * The result that {@link #toJson()} made.
     *
     * @throws IllegalArgumentException if a key is missing or of the wrong kind
     */
    public static RunResult fromJson(JsonNode json) {
        JsonFields fields = new JsonFields(json);
        JsonFields best = fields.object("best");
        return new RunResult(
                Status.of(fields.text("status")),
                fields.whole("steps"),
                best == null
                        ? null
                        : new Best(
                                best.whole("step"), best.text("metric"), best.number("value"), best.text("checkpoint")),
                fields.numbers("final"),
                fields.text("reason"));
    }
}
