package dev.stride.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/**
 * A text that the model generated at an evaluation; one line of {@code samples.jsonl}.
 *
 * @param step updates made before it
 * @param prompt what the model was given, as people read it
 * @param prediction what it wrote
 * @param reference what the data has there
 * @param scores of this one prediction, by name; may be empty
 */
public record SampleRecord(long step, String prompt, String prediction, String reference, Map<String, Double> scores) {
    public SampleRecord {
        scores = OrderedNumbers.copy(scores);
    }

    /** The sample as one JSON object. */
    public ObjectNode toJson() {
        ObjectNode line = JsonFields.empty()
                .put("step", step)
                .put("prompt", prompt)
                .put("prediction", prediction)
                .put("reference", reference);
        JsonFields.putAll(line.putObject("scores"), scores);
        return line;
    }

    /**
     * The sample that {@link #toJson()} made.
     *
     * @throws IllegalArgumentException if a key is missing or of the wrong kind
     */
    public static SampleRecord fromJson(JsonNode line) {
        JsonFields fields = new JsonFields(line);
        return new SampleRecord(
                fields.whole("step"),
                fields.text("prompt"),
                fields.text("prediction"),
                fields.text("reference"),
                fields.numbers("scores"));
    }
}
