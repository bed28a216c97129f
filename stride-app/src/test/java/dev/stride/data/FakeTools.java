package dev.stride.data;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Role;
import java.util.List;

/** Tool messages that show what they were made from; the real texts are the tokenizer's business. */
final class FakeTools implements ToolMessages {
    @Override
    public Message announce(JsonNode tools) {
        return Message.of(Role.SYSTEM, "tools " + tools);
    }

    @Override
    public List<Message> call(JsonNode tool) {
        JsonNode observation = tool.get("observation");
        return List.of(
                new Message(
                        Role.ASSISTANT,
                        tool.get("name").textValue(),
                        tool.get("parameters").toString(),
                        true),
                Message.of(
                        Role.OBSERVATION, observation.isTextual() ? observation.textValue() : observation.toString()));
    }
}
