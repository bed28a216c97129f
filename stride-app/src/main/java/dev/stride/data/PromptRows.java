package dev.stride.data;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Rows with a prompt and a response: {@link DataFormat#ALPACA}, {@link DataFormat#COLUMNS} and {@link DataFormat#SOURCE}.
 * {@code history} is a list of [user, assistant] pairs that come before; in a table it is that list as JSON.
 */
final class PromptRows implements RowReader {
    private final Columns columns;
    private final String input;

    private PromptRows(Columns columns, String input) {
        this.columns = columns;
        this.input = input;
    }

    static PromptRows alpaca() {
        return new PromptRows(
                Columns.of("prompt", "instruction", "response", "output")
                        .with("history", "history")
                        .with("system", "system"),
                "input");
    }

    static PromptRows columns(Columns columns) {
        return new PromptRows(columns, "");
    }

    @Override
    public Set<String> usedKeys() {
        Set<String> keys = new TreeSet<>(columns.names().values());
        keys.add(input);
        return keys;
    }

    @Override
    public List<Message> read(JsonNode row) throws RowFault {
        List<Message> messages = new ArrayList<>();
        String system = columns.find("system");
        if (system != null) {
            String text = JsonFields.optionalString(row, system, "");
            if (!text.isBlank()) {
                messages.add(Message.of(Role.SYSTEM, text));
            }
        }
        String history = columns.find("history");
        if (history != null) {
            addHistory(row, history, messages);
        }
        String promptKey = columns.require("prompt");
        String prompt = JsonFields.string(row, promptKey, "");
        String more = input.isEmpty() ? "" : JsonFields.optionalString(row, input, "");
        if (!more.isBlank()) {
            prompt = prompt.isBlank() ? more : prompt + "\n" + more;
        }
        if (prompt.isBlank()) {
            throw new RowFault(BadRow.Kind.EMPTY_TEXT, "'" + promptKey + "' is empty", "a text");
        }
        messages.add(Message.of(Role.USER, prompt));
        messages.add(Message.of(Role.ASSISTANT, JsonFields.string(row, columns.require("response"), "")));
        return messages;
    }

    private static void addHistory(JsonNode row, String key, List<Message> messages) throws RowFault {
        JsonNode history = JsonFields.optional(row, key);
        if (history == null || (history.isTextual() && history.textValue().isBlank())) {
            return;
        }
        JsonNode pairs = history.isTextual() ? parsed(key, history.textValue()) : history;
        if (!pairs.isArray()) {
            throw JsonFields.wrongType(key, pairs, "an array of [user, assistant] pairs");
        }
        for (int i = 0; i < pairs.size(); i++) {
            JsonNode pair = pairs.get(i);
            String place = key + "[" + i + "]";
            if (!pair.isArray() || pair.size() != 2) {
                throw new RowFault(
                        BadRow.Kind.WRONG_TYPE,
                        place + " is " + JsonFields.typeOf(pair) + (pair.isArray() ? " of " + pair.size() : ""),
                        "a pair [user, assistant]");
            }
            messages.add(Message.of(Role.USER, JsonFields.text(pair.get(0), place + "[0]")));
            messages.add(Message.of(Role.ASSISTANT, JsonFields.text(pair.get(1), place + "[1]")));
        }
    }

    private static JsonNode parsed(String key, String text) throws RowFault {
        RowSource.Row row = RowSource.Row.json("", text);
        if (row.value() == null) {
            throw new RowFault(
                    BadRow.Kind.WRONG_TYPE, key + " is a text that is no JSON", "[[user, assistant], ..] as JSON");
        }
        return row.value();
    }
}
