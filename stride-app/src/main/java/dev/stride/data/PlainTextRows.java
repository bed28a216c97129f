package dev.stride.data;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Role;
import java.util.List;
import java.util.Set;

/** Rows of {@link DataFormat#TEXT}: one assistant message, trained whole. */
final class PlainTextRows implements RowReader {
    private final String key;

    PlainTextRows(Columns columns) {
        this.key = columns.require("text");
    }

    @Override
    public Set<String> usedKeys() {
        return Set.of(key);
    }

    @Override
    public List<Message> read(JsonNode row) throws RowFault {
        String text = JsonFields.string(row, key, "");
        if (text.isBlank()) {
            throw new RowFault(BadRow.Kind.EMPTY_TEXT, "'" + key + "' is empty", "a text");
        }
        return List.of(Message.of(Role.ASSISTANT, text));
    }
}
