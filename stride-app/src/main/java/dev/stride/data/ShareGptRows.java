package dev.stride.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Rows of {@link DataFormat#SHAREGPT}: speakers human or user, gpt or assistant, system; function_call (a JSON object with
 * name and arguments) followed by observation. The row's own {@code system} text comes first, then {@code tools}, a JSON
 * array or a string that holds one.
 */
final class ShareGptRows implements RowReader {
    private final ToolMessages tools;

    ShareGptRows(ToolMessages tools) {
        this.tools = tools;
    }

    @Override
    public Set<String> usedKeys() {
        return Set.of("conversations", "system", "tools");
    }

    @Override
    public List<Message> read(JsonNode row) throws RowFault {
        List<Message> messages = new ArrayList<>();
        String system = JsonFields.optionalString(row, "system", "");
        if (!system.isBlank()) {
            messages.add(Message.of(Role.SYSTEM, system));
        }
        announce(row, messages);
        JsonNode items = JsonFields.array(row, "conversations", "");
        for (int i = 0; i < items.size(); i++) {
            String inside = "conversations[" + i + "].";
            String speaker = speaker(items.get(i), inside);
            String value = JsonFields.string(items.get(i), "value", inside);
            switch (speaker) {
                case "system" -> messages.add(Message.of(Role.SYSTEM, value));
                case "human", "user" -> messages.add(Message.of(Role.USER, value));
                case "gpt", "assistant" -> messages.add(Message.of(Role.ASSISTANT, value));
                case "function_call" -> {
                    JsonNode call = json(value, inside + "value", "a JSON object with name and arguments");
                    String name = JsonFields.string(call, "name", inside + "value.");
                    JsonNode arguments = JsonFields.object(call, "arguments", inside + "value.");
                    boolean last = i + 1 == items.size();
                    List<Message> pair = tools.call(name, arguments, last ? "" : observation(items, i + 1));
                    messages.addAll(last ? pair.subList(0, 1) : pair);
                    i++;
                }
                case "observation" ->
                    throw new RowFault(
                            BadRow.Kind.TOOL_MISMATCH,
                            inside + "from is 'observation' without a call before it",
                            "function_call, then observation");
                default ->
                    throw new RowFault(
                            BadRow.Kind.WRONG_ROLE,
                            inside + "from is '" + speaker + "'",
                            "human, gpt, system, function_call or observation");
            }
        }
        return messages;
    }

    private void announce(JsonNode row, List<Message> messages) throws RowFault {
        JsonNode announced = JsonFields.optional(row, "tools");
        if (announced != null && announced.isTextual()) {
            announced = announced.textValue().isBlank() ? null : json(announced.textValue(), "tools", "a JSON array");
        }
        if (announced == null) {
            return;
        }
        if (!announced.isArray()) {
            throw JsonFields.wrongType("tools", announced, "an array of tools, or a string that holds one");
        }
        if (!announced.isEmpty()) {
            messages.add(tools.announce(announced));
        }
    }

    private static String observation(JsonNode items, int i) throws RowFault {
        String inside = "conversations[" + i + "].";
        if (!speaker(items.get(i), inside).equals("observation")) {
            throw new RowFault(
                    BadRow.Kind.TOOL_MISMATCH,
                    "conversations[" + (i - 1) + "] calls a function but no observation follows",
                    "function_call, then observation");
        }
        return JsonFields.string(items.get(i), "value", inside);
    }

    private static String speaker(JsonNode item, String inside) throws RowFault {
        return JsonFields.string(item, "from", inside);
    }

    private static JsonNode json(String text, String place, String expected) throws RowFault {
        try {
            return RowSource.MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new RowFault(BadRow.Kind.WRONG_TYPE, place + " is no JSON: " + e.getOriginalMessage(), expected);
        }
    }
}
