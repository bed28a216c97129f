package dev.stride.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Turns the tool parts of a ChatGLM3 conversation into plain messages, as the reference's legacy rule does, to the
 * character (finetune_hf.py).
 */
public final class ToolConversations {
    private static final String ANNOUNCEMENT =
            "Answer the following questions as best as you can. You have access to the following tools:";

    private ToolConversations() {}

    /**
     * The system message that announces {@code tools}: the fixed sentence, then the tools as Python's {@code json.dumps}
     * prints them with indent 4. It goes before every other message, also before a system message of the data. An empty
     * list of tools is announced as {@code []}.
     */
    public static Message systemMessage(JsonNode tools) {
        return systemMessage(ANNOUNCEMENT, tools);
    }

    /** The same behind a text of one's own instead of the fixed sentence (tokenization_chatglm.py, build_chat_input). */
    public static Message systemMessage(String text, JsonNode tools) {
        return Message.of(Role.SYSTEM, text + "\n" + PythonText.jsonIndented(tools));
    }

    /**
     * The arguments of a call that a model wrote, the inverse of {@link #toolCall}: the first and the last line are left out
     * (the code block's marks), the rest is read as one {@code tool_call(name=value, ...)} of Python literals. Nothing is
     * evaluated; empty where it is anything else.
     */
    public static Optional<ObjectNode> arguments(String content) {
        return ToolCallReader.read(content);
    }

    /**
     * A message with role {@code tool} as two messages: the assistant's call, with the tool's name as metadata and a code
     * block with {@code tool_call(name=value, ...)} in Python's notation; then the observation, a text as it is and
     * anything else as JSON on one line. {@code "loss": false} makes both untrained.
     *
     * @throws UserException where name, parameters, observation or loss are missing or of the wrong type, with all of
     *     them; {@code where} is the field's name
     */
    public static List<Message> toolCall(JsonNode toolMessage) {
        JsonNode name = toolMessage.get("name");
        JsonNode parameters = toolMessage.get("parameters");
        JsonNode observation = toolMessage.get("observation");
        JsonNode loss = toolMessage.get("loss");
        List<Problem> problems = new ArrayList<>();
        if (name == null || !name.isTextual()) {
            problems.add(Problem.of("name", given(name), "the tool's name, a string"));
        }
        if (parameters == null || !parameters.isObject()) {
            problems.add(Problem.of("parameters", given(parameters), "an object of arguments, {} for none"));
        }
        if (observation == null) {
            problems.add(Problem.of("observation", given(null), "what the tool answered: a string or any JSON value"));
        }
        if (loss != null && !loss.isBoolean()) {
            problems.add(Problem.of("loss", given(loss), "true or false"));
        }
        if (name == null || parameters == null || observation == null || !problems.isEmpty()) {
            throw new UserException("a message with role tool is not as it must be", problems);
        }
        boolean trained = loss == null || loss.booleanValue();
        StringBuilder call = new StringBuilder("```python\ntool_call(");
        String separator = "";
        for (Map.Entry<String, JsonNode> argument : parameters.properties()) {
            call.append(separator).append(argument.getKey()).append('=').append(PythonText.repr(argument.getValue()));
            separator = ", ";
        }
        call.append(")\n```");
        String seen = observation.isTextual() ? observation.textValue() : PythonText.json(observation);
        return List.of(
                new Message(Role.ASSISTANT, name.textValue(), call.toString(), trained),
                new Message(Role.OBSERVATION, "", seen, trained));
    }

    private static String given(@Nullable JsonNode value) {
        return value == null ? "missing" : value.toString();
    }
}
