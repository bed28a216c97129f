package dev.stride.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** Turns the tool parts of a ChatGLM3 conversation into plain messages, as the reference's legacy rule does. */
public final class ToolConversations {
    private ToolConversations() {}

    /** The system message that announces {@code tools} (chatglm3.md 2.5). */
    public static Message systemMessage(JsonNode tools) {
        throw new UnsupportedOperationException("" + tools);
    }

    /** A message with role {@code tool}: the assistant's call, then the observation. */
    public static List<Message> toolCall(JsonNode toolMessage) {
        throw new UnsupportedOperationException("" + toolMessage);
    }
}
