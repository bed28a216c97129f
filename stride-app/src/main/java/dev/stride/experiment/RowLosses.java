package dev.stride.experiment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/**
 * The validation loss of an evaluation row by row, in the order of the validation data; one line of {@code rows.jsonl}.
 * Two runs that were validated on the same rows can be compared by them in pairs.
 *
 * @param step updates made before it
 * @param losses of each row, summed over its trained tokens
 * @param tokens the trained tokens of each row
 */
public record RowLosses(long step, List<Double> losses, List<Long> tokens) {
    public RowLosses {
        losses = List.copyOf(losses);
        tokens = List.copyOf(tokens);
        if (losses.size() != tokens.size()) {
            throw new IllegalArgumentException(losses.size() + " losses of " + tokens.size() + " rows");
        }
    }

    /** The rows as one JSON object. */
    public ObjectNode toJson() {
        ObjectNode line = JsonFields.empty().put("step", step);
        ArrayNode sums = line.putArray("loss");
        losses.forEach(loss -> JsonFields.add(sums, loss));
        tokens.forEach(line.putArray("tokens")::add);
        return line;
    }

    /**
     * The rows that {@link #toJson()} made.
     *
     * @throws IllegalArgumentException if a key is missing or of the wrong kind
     */
    public static RowLosses fromJson(JsonNode line) {
        JsonFields fields = new JsonFields(line);
        List<Long> tokens = new ArrayList<>();
        fields.list("tokens").forEach(count -> tokens.add(Math.round(count)));
        return new RowLosses(fields.whole("step"), fields.list("loss"), tokens);
    }
}
