package dev.stride.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.ToolConversations;
import java.util.List;

/** How tools and their calls become messages; the tokenizer's rule, unless a test says otherwise. */
interface ToolMessages {
    /** The system message that announces tools, given as ChatGLM3 lists them. */
    Message announce(JsonNode tools);

    /** The assistant's call and the observation, of an object with name, parameters and observation. */
    List<Message> call(JsonNode toolMessage);

    /** The rule of the tokenizer's room. */
    ToolMessages CHATGLM3 = new ToolMessages() {
        @Override
        public Message announce(JsonNode tools) {
            return ToolConversations.systemMessage(tools);
        }

        @Override
        public List<Message> call(JsonNode toolMessage) {
            return ToolConversations.toolCall(toolMessage);
        }
    };

    /** The messages of a call from its parts; a text that is JSON stays the text it is. */
    default List<Message> call(String name, JsonNode parameters, String observation) {
        return call(JsonNodeFactory.instance
                .objectNode()
                .put("role", "tool")
                .put("name", name)
                .put("observation", observation)
                .set("parameters", parameters));
    }
}
