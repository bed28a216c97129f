package dev.stride.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ToolConversationsTest {
    @Test
    void golden_toolConversations_giveTheReferencesIdsAndLabels() {
        Tokenizer tokenizer = Golden.tokenizer();
        ChatTemplate template = new ChatTemplate(tokenizer);
        int compared = 0;
        int calls = 0;
        for (JsonNode row : Golden.lines("tool_conversation_golden.jsonl")) {
            List<Message> messages = new ArrayList<>();
            messages.add(ToolConversations.systemMessage(row.get("tools")));
            messages.addAll(Golden.messages(row.get("conversations")));
            TokenizedExample example = template.example(messages, LabelRule.LEGACY);
            assertThat(example.inputIds()).as("row %d", compared).containsExactly(Golden.ints(row.get("input_ids")));
            assertThat(example.labels()).as("row %d", compared).containsExactly(Golden.ints(row.get("labels")));
            List<String> expected = new ArrayList<>();
            row.get("calls").forEach(call -> expected.add("```python\n" + call.textValue() + "\n```"));
            assertThat(messages.stream()
                            .filter(message -> !message.metadata().isEmpty())
                            .map(Message::content))
                    .containsExactlyElementsOf(expected);
            calls += expected.size();
            compared++;
        }
        assertThat(compared).isEqualTo(26);
        assertThat(calls).isEqualTo(20);
    }

    @Test
    void systemMessage_noTools_announcesAnEmptyList() {
        Message message = ToolConversations.systemMessage(Golden.json("[]"));
        assertThat(message.role()).isEqualTo(Role.SYSTEM);
        assertThat(message.content()).endsWith("following tools:\n[]");
    }

    @Test
    void toolCall_arguments_areWrittenInPython() {
        JsonNode json = Golden.json("""
                {"role": "tool", "name": "查询", "parameters": {"city": "it's", "days": 2, "exact": true, "unit": null, "xs": [1.0]},
                 "observation": {"temp": 22.50, "ok": false}}
                """);
        assertThat(ToolConversations.toolCall(json))
                .containsExactly(
                        new Message(
                                Role.ASSISTANT,
                                "查询",
                                "```python\ntool_call(city=\"it's\", days=2, exact=True, unit=None, xs=[1.0])\n```",
                                true),
                        new Message(Role.OBSERVATION, "", "{\"temp\": 22.5, \"ok\": false}", true));
    }

    @Test
    void toolCall_lossFalse_trainsNeither() {
        JsonNode json = Golden.json(
                "{\"role\":\"tool\",\"name\":\"f\",\"parameters\":{},\"observation\":\"done\",\"loss\":false}");
        assertThat(ToolConversations.toolCall(json))
                .containsExactly(
                        new Message(Role.ASSISTANT, "f", "```python\ntool_call()\n```", false),
                        new Message(Role.OBSERVATION, "", "done", false));
    }

    @Test
    void toolCall_nullObservation_isJsonNull() {
        JsonNode json = Golden.json("{\"name\":\"f\",\"parameters\":{},\"observation\":null}");
        assertThat(ToolConversations.toolCall(json).get(1).content()).isEqualTo("null");
    }

    @Test
    void toolCall_badFields_areAllNamedAtOnce() {
        UserException refusal = catchThrowableOfType(
                UserException.class,
                () -> ToolConversations.toolCall(Golden.json("{\"name\":7,\"parameters\":[],\"loss\":\"no\"}")));
        assertThat(refusal.problems().stream().map(Problem::where))
                .containsExactly("name", "parameters", "observation", "loss");
        assertThat(refusal.problems().stream().map(Problem::given)).containsExactly("7", "[]", "missing", "\"no\"");
    }
}
