package dev.stride.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Rows of {@link DataFormat#OPENAI}.
 *
 * <p>Each call of {@code tool_calls} and the {@code tool} message that answers it become one ChatGLM3 tool call and its
 * observation, in the order of the calls. Calls at the very end may stand without results. {@code weight} 0 leaves a
 * message untrained. Content parts must all be text.
 */
final class OpenAiRows implements RowReader {
    private final ToolMessages tools;

    OpenAiRows(ToolMessages tools) {
        this.tools = tools;
    }

    @Override
    public Set<String> usedKeys() {
        return Set.of("messages", "tools");
    }

    @Override
    public List<Message> read(JsonNode row) throws RowFault {
        List<Message> messages = new ArrayList<>();
        JsonNode announced = JsonFields.optional(row, "tools");
        if (announced != null) {
            ArrayNode plain = plainTools(announced);
            if (!plain.isEmpty()) {
                messages.add(tools.announce(plain));
            }
        }
        JsonNode items = JsonFields.array(row, "messages", "");
        int i = 0;
        while (i < items.size()) {
            i = read(items, i, messages);
        }
        return messages;
    }

    /** Reads message {@code i} and the results of its calls; returns the index behind them. */
    private int read(JsonNode items, int i, List<Message> messages) throws RowFault {
        JsonNode item = items.get(i);
        String place = "messages[" + i + "]";
        if (!item.isObject()) {
            throw JsonFields.wrongType(place, item, "an object with role and content");
        }
        String inside = place + ".";
        String word = JsonFields.string(item, "role", inside);
        switch (word) {
            case "system", "developer" -> messages.add(Message.of(Role.SYSTEM, content(item, inside)));
            case "user" -> messages.add(Message.of(Role.USER, content(item, inside)));
            case "assistant" -> {
                JsonNode calls = JsonFields.optional(item, "tool_calls");
                boolean trained = trained(item, inside);
                if (calls == null || calls.isEmpty()) {
                    messages.add(new Message(Role.ASSISTANT, "", content(item, inside), trained));
                } else {
                    return readCalls(items, i, calls, trained, messages);
                }
            }
            case "tool" ->
                throw new RowFault(
                        BadRow.Kind.TOOL_MISMATCH,
                        place + " is a tool's result that answers no call before it",
                        "an assistant message with tool_calls right before the tool messages");
            default ->
                throw new RowFault(
                        BadRow.Kind.WRONG_ROLE,
                        inside + "role is '" + word + "'",
                        "system, developer, user, assistant or tool");
        }
        return i + 1;
    }

    private int readCalls(JsonNode items, int at, JsonNode calls, boolean trained, List<Message> messages)
            throws RowFault {
        String inside = "messages[" + at + "].";
        if (!calls.isArray()) {
            throw JsonFields.wrongType(inside + "tool_calls", calls, "an array of calls");
        }
        JsonNode said = JsonFields.optional(items.get(at), "content");
        String text = said == null ? "" : content(items.get(at), inside);
        if (!text.isBlank()) {
            messages.add(new Message(Role.ASSISTANT, "", text, trained));
        }
        int end = at + 1;
        while (end < items.size() && "tool".equals(items.get(end).path("role").textValue())) {
            end++;
        }
        int results = end - at - 1;
        if (results != calls.size() && !(results == 0 && end == items.size())) {
            throw new RowFault(
                    BadRow.Kind.TOOL_MISMATCH,
                    inside + "tool_calls has " + calls.size() + " calls but " + results + " tool messages follow",
                    "one tool message for each call");
        }
        for (int c = 0; c < calls.size(); c++) {
            String place = inside + "tool_calls[" + c + "].";
            JsonNode function = JsonFields.object(calls.get(c), "function", place);
            String name = JsonFields.string(function, "name", place + "function.");
            JsonNode arguments = arguments(function, place + "function.");
            String result = results == 0 ? null : result(items, at, end, calls, c);
            List<Message> pair = tools.call(name, arguments, result == null ? "" : result);
            for (Message message : result == null ? pair.subList(0, 1) : pair) {
                messages.add(new Message(
                        message.role(), message.metadata(), message.content(), message.trained() && trained));
            }
        }
        return end;
    }

    /** The result of call {@code c}: the tool message with its id, or the one in its place where the call has none. */
    private static String result(JsonNode items, int at, int end, JsonNode calls, int c) throws RowFault {
        String id = calls.get(c).path("id").textValue();
        @Nullable JsonNode found = id == null ? items.get(at + 1 + c) : null;
        int index = at + 1 + c;
        for (int i = at + 1; found == null && i < end; i++) {
            if (items.get(i).path("tool_call_id").asText("").equals(id)) {
                found = items.get(i);
                index = i;
            }
        }
        if (found == null) {
            throw new RowFault(
                    BadRow.Kind.TOOL_MISMATCH,
                    "no tool message answers call '" + id + "' of messages[" + at + "]",
                    "a tool message with that tool_call_id");
        }
        return content(found, "messages[" + index + "].");
    }

    /** Arguments are JSON in a string; some writers leave them an object. */
    private static JsonNode arguments(JsonNode function, String place) throws RowFault {
        JsonNode given = function.get("arguments");
        if (given != null && given.isObject()) {
            return given;
        }
        String text = JsonFields.string(function, "arguments", place);
        try {
            JsonNode parsed = RowSource.MAPPER.readTree(text);
            if (parsed.isObject()) {
                return parsed;
            }
        } catch (JsonProcessingException e) {
            throw new RowFault(
                    BadRow.Kind.WRONG_TYPE,
                    place + "arguments is no JSON: " + e.getOriginalMessage(),
                    "a JSON object in a string");
        }
        throw new RowFault(
                BadRow.Kind.WRONG_TYPE, place + "arguments holds no JSON object", "a JSON object in a string");
    }

    private static String content(JsonNode item, String inside) throws RowFault {
        JsonNode content = item.get("content");
        if (content == null || !content.isArray()) {
            return JsonFields.string(item, "content", inside);
        }
        StringBuilder text = new StringBuilder();
        for (int p = 0; p < content.size(); p++) {
            String place = inside + "content[" + p + "].";
            if (!"text".equals(content.get(p).path("type").textValue())) {
                throw new RowFault(
                        BadRow.Kind.WRONG_TYPE,
                        place + "type is no text",
                        "parts of type text: ChatGLM3 reads no more");
            }
            text.append(JsonFields.string(content.get(p), "text", place));
        }
        return text.toString();
    }

    private static boolean trained(JsonNode item, String inside) throws RowFault {
        JsonNode weight = JsonFields.optional(item, "weight");
        if (weight == null) {
            return true;
        }
        if (!weight.isNumber() || (weight.doubleValue() != 0 && weight.doubleValue() != 1)) {
            throw new RowFault(
                    BadRow.Kind.WRONG_TYPE, inside + "weight is " + weight, "0 (not trained) or 1 (trained)");
        }
        return weight.doubleValue() == 1;
    }

    /** Tools as ChatGLM3 lists them: without the wrapper {"type": "function", "function": ..}. */
    static ArrayNode plainTools(JsonNode announced) throws RowFault {
        if (!announced.isArray()) {
            throw JsonFields.wrongType("tools", announced, "an array of tools");
        }
        ArrayNode plain = JsonNodeFactory.instance.arrayNode();
        for (int i = 0; i < announced.size(); i++) {
            JsonNode tool = announced.get(i);
            plain.add(tool.has("function") ? JsonFields.object(tool, "function", "tools[" + i + "].") : tool);
        }
        return plain;
    }
}
