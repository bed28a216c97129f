package dev.stride.data;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Role;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Rows of {@link DataFormat#LABELS}: the text is the user's, the label, or the name of its class, the assistant's. */
final class LabelRows implements RowReader {
    private final String textKey;
    private final String labelKey;
    private final Map<String, String> classNames;

    LabelRows(Columns columns, Map<String, String> classNames) {
        this.textKey = columns.require("text");
        this.labelKey = columns.require("label");
        this.classNames = classNames;
    }

    @Override
    public Set<String> usedKeys() {
        return Set.of(textKey, labelKey);
    }

    @Override
    public List<Message> read(JsonNode row) throws RowFault {
        String text = JsonFields.string(row, textKey, "");
        if (text.isBlank()) {
            throw new RowFault(BadRow.Kind.EMPTY_TEXT, "'" + textKey + "' is empty", "a text");
        }
        return List.of(Message.of(Role.USER, text), Message.of(Role.ASSISTANT, label(row)));
    }

    private String label(JsonNode row) throws RowFault {
        JsonNode value = row.get(labelKey);
        boolean named = value != null && (value.isTextual() || value.isIntegralNumber() || value.isBoolean());
        if (value != null && !named) {
            throw JsonFields.wrongType(labelKey, value, "a string, a whole number or true/false");
        }
        String label = value == null
                ? JsonFields.string(row, labelKey, "")
                : value.asText().strip();
        if (label.isEmpty()) {
            throw new RowFault(BadRow.Kind.EMPTY_ANSWER, "'" + labelKey + "' is empty", "a label");
        }
        if (classNames.isEmpty()) {
            return label;
        }
        String name = classNames.get(label);
        if (name == null) {
            throw new RowFault(
                    BadRow.Kind.UNKNOWN_LABEL,
                    "label '" + label + "' has no name among the " + classNames.size() + " classes",
                    String.join(", ", classNames.keySet()));
        }
        return name;
    }
}
