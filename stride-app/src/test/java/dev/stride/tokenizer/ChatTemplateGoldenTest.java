package dev.stride.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** The chat template over the genuine vocabulary against what the reference's own code gave. */
class ChatTemplateGoldenTest {
    private static List<int[]> rows(JsonNode arrays) {
        List<int[]> rows = new ArrayList<>();
        arrays.forEach(array -> rows.add(Golden.ints(array)));
        return rows;
    }

    @Test
    void prompt_goldenChats_giveTheReferencesIds() {
        ChatTemplate template = new ChatTemplate(Golden.tokenizer());
        int compared = 0;
        for (JsonNode row : Golden.lines("chat_input_golden.jsonl")) {
            List<Message> messages = new ArrayList<>();
            for (JsonNode message : row.get("history")) {
                JsonNode tools = message.get("tools");
                if (tools == null) {
                    messages.addAll(Golden.messages(Golden.json("[" + message + "]")));
                } else {
                    messages.add(ToolConversations.systemMessage(tools));
                }
            }
            Role role = Role.valueOf(row.get("role").textValue().toUpperCase(Locale.ROOT));
            messages.add(Message.of(role, row.get("query").textValue()));
            assertThat(template.prompt(messages)).containsExactly(Golden.ints(row.get("input_ids")));
            compared++;
        }
        assertThat(compared).isEqualTo(3);
    }

    @Test
    void example_goldenConversations_giveTheReferencesIdsAndLabels() {
        ChatTemplate template = new ChatTemplate(Golden.tokenizer());
        int compared = 0;
        int cut = 0;
        for (JsonNode row : Golden.lines("process_batch_golden.jsonl")) {
            int maxTokens = Truncation.maxTokens(
                    row.get("max_input_length").intValue(),
                    row.get("max_output_length").intValue());
            TokenizedExample whole = template.example(Golden.messages(row.get("conversations")), LabelRule.DEMO);
            TokenizedExample example = Truncation.RIGHT_CUT.cut(whole, maxTokens);
            assertThat(example.inputIds())
                    .as("row %d", compared)
                    .containsExactly(Golden.ints(row.get("train_input_ids")));
            assertThat(example.labels()).as("row %d", compared).containsExactly(Golden.ints(row.get("train_labels")));
            TokenizedExample end = Truncation.KEEP_END.cut(whole, maxTokens);
            assertThat(end.labels()[end.length() - 1]).isEqualTo(2);
            cut += example.length() < whole.length() ? 1 : 0;
            compared++;
        }
        assertThat(compared).isEqualTo(69);
        assertThat(cut).isEqualTo(43);
    }

    @Test
    void evaluationTurns_goldenConversations_giveTheReferencesInputsAndTargets() {
        ChatTemplate template = new ChatTemplate(Golden.tokenizer());
        int compared = 0;
        int turns = 0;
        for (JsonNode row : Golden.lines("process_batch_golden.jsonl")) {
            List<EvaluationTurn> given = template.evaluationTurns(
                    Golden.messages(row.get("conversations")),
                    row.get("max_input_length").intValue(),
                    row.get("max_output_length").intValue(),
                    Truncation.RIGHT_CUT);
            List<int[]> inputs = rows(row.get("eval_input_ids"));
            List<int[]> targets = rows(row.get("eval_output_ids"));
            assertThat(given).as("row %d", compared).hasSize(inputs.size());
            for (int i = 0; i < given.size(); i++) {
                assertThat(given.get(i).inputIds()).as("row %d", compared).containsExactly(inputs.get(i));
                assertThat(given.get(i).targetIds()).as("row %d", compared).containsExactly(targets.get(i));
                turns++;
            }
            compared++;
        }
        assertThat(compared).isEqualTo(69);
        assertThat(turns).isEqualTo(32);
    }

    /** The batch is the first three conversations, filled on the left; here its real tokens are compared. */
    @Test
    void example_goldenBatch_givesTheRealTokensOfEachRow() {
        ChatTemplate template = new ChatTemplate(Golden.tokenizer());
        List<JsonNode> conversations = Golden.lines("process_batch_golden.jsonl");
        JsonNode batch = Golden.document("collate_left_pad_golden.json");
        int compared = 0;
        for (JsonNode row : batch) {
            TokenizedExample example =
                    template.example(Golden.messages(conversations.get(compared).get("conversations")), LabelRule.DEMO);
            int[] ids = Golden.ints(row.get("input_ids"));
            int numPadding = ids.length - example.length();
            assertThat(Arrays.stream(Golden.ints(row.get("attention_mask"))).sum())
                    .isEqualTo(example.length());
            assertThat(Arrays.copyOfRange(ids, numPadding, ids.length)).containsExactly(example.inputIds());
            assertThat(Arrays.copyOfRange(Golden.ints(row.get("labels")), numPadding, ids.length))
                    .containsExactly(example.labels());
            compared++;
        }
        assertThat(compared).isEqualTo(3);
    }
}
