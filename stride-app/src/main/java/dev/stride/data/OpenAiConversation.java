package dev.stride.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.stride.config.UserException;
import dev.stride.tokenizer.Message;
import java.util.List;

/** A conversation in OpenAI's form outside of a file, read by the rule for rows of {@link DataFormat#OPENAI}: what a model was trained on is what it is asked. */
public final class OpenAiConversation {
    private static final OpenAiRows ROWS = new OpenAiRows(ToolMessages.CHATGLM3);

    private OpenAiConversation() {}

    /**
     * The messages as the chat template takes them.
     *
     * @param messages an array of messages
     * @throws UserException where something in it cannot be read; the message names the place
     */
    public static List<Message> messages(JsonNode messages) {
        JsonNode row = JsonNodeFactory.instance.objectNode().set("messages", messages);
        try {
            return ROWS.read(row);
        } catch (RowFault e) {
            throw wrong(e);
        }
    }

    /**
     * Tools as ChatGLM3 lists them.
     *
     * @param tools an array of tools, each plain or as {@code {"type": "function", "function": {..}}}
     * @throws UserException where it is anything else
     */
    public static ArrayNode tools(JsonNode tools) {
        try {
            return OpenAiRows.plainTools(tools);
        } catch (RowFault e) {
            throw wrong(e);
        }
    }

    private static UserException wrong(RowFault fault) {
        return new UserException(fault.what() + "; allowed: " + fault.expected());
    }
}
