package dev.stride.data;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Rows of {@link DataFormat#CHATGLM3}. */
final class ChatGlmRows implements RowReader {
    private final ToolMessages tools;

    ChatGlmRows(ToolMessages tools) {
        this.tools = tools;
    }

    @Override
    public Set<String> usedKeys() {
        return Set.of("conversations", "tools");
    }

    @Override
    public List<Message> read(JsonNode row) throws RowFault {
        List<Message> messages = new ArrayList<>();
        JsonNode announced = JsonFields.optional(row, "tools");
        if (announced != null) {
            if (!announced.isArray()) {
                throw JsonFields.wrongType("tools", announced, "an array of tools");
            }
            // an empty list is announced too: the reference does so
            messages.add(tools.announce(announced));
        }
        JsonNode conversation = JsonFields.array(row, "conversations", "");
        for (int i = 0; i < conversation.size(); i++) {
            read(conversation.get(i), "conversations[" + i + "]", messages);
        }
        return messages;
    }

    private void read(JsonNode item, String place, List<Message> messages) throws RowFault {
        if (!item.isObject()) {
            throw JsonFields.wrongType(place, item, "an object with role and content");
        }
        String inside = place + ".";
        String word = JsonFields.string(item, "role", inside);
        boolean loss = JsonFields.bool(item, "loss", inside, true);
        if (word.equals("tool")) {
            JsonFields.string(item, "name", inside);
            JsonFields.object(item, "parameters", inside);
            JsonNode observation = item.get("observation");
            if (observation == null) {
                throw new RowFault(
                        BadRow.Kind.MISSING_KEY,
                        "'" + inside + "observation' is missing",
                        "a string or JSON: what the tool gave");
            }
            for (Message message : tools.call(item)) {
                messages.add(
                        new Message(message.role(), message.metadata(), message.content(), message.trained() && loss));
            }
            return;
        }
        Role role = role(word, inside);
        String metadata = role == Role.ASSISTANT ? JsonFields.optionalString(item, "metadata", inside) : "";
        messages.add(new Message(role, metadata, JsonFields.string(item, "content", inside), loss));
    }

    private static Role role(String word, String inside) throws RowFault {
        for (Role role : Role.values()) {
            if (role.word().equals(word)) {
                return role;
            }
        }
        throw new RowFault(
                BadRow.Kind.WRONG_ROLE,
                inside + "role is '" + word + "'",
                "system, user, assistant, observation or tool");
    }
}
