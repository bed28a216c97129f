package dev.stride.chat;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.SharedFolder;
import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Role;
import dev.stride.tokenizer.SmallVocabulary;
import dev.stride.tokenizer.Tokenizer;
import dev.stride.tokenizer.ToolConversations;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class AnswerReaderTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ChatForm form = new ChatForm(SmallVocabulary.tokenizer());

    @Test
    void turns_words_areStrippedAndTheDateIsPutIn() {
        assertThat(form.turns("\n 我的训练时间是[[训练时间]]。 \n", false))
                .containsExactly(new AnswerTurn.Text("我的训练时间是2023年。", AnswerTurn.written("", "我的训练时间是[[训练时间]]。")));
    }

    @Test
    void turns_metadataWithTools_isACall() {
        List<AnswerTurn> turns = form.turns("get_weather\n ```python\ntool_call(city='北京', days=3)\n```", true);
        assertThat(turns).hasSize(1);
        AnswerTurn.Call call = (AnswerTurn.Call) turns.get(0);
        assertThat(call.name()).isEqualTo("get_weather");
        assertThat(call.arguments()).hasToString("{\"city\":\"北京\",\"days\":3}");
        assertThat(call.message().content()).isEqualTo(" ```python\ntool_call(city='北京', days=3)\n```");
    }

    @Test
    void turns_metadataWithoutToolsOrWithCodeToRun_isCode() {
        assertThat(form.turns("interpreter\n```python\nprint(1)\n```", false))
                .singleElement()
                .isInstanceOf(AnswerTurn.Code.class);
        assertThat(form.turns("get\n```python\ntool_call(x=__import__('os').system('true'))\n```", true))
                .singleElement()
                .isInstanceOf(AnswerTurn.Code.class);
    }

    @Test
    void turns_wordsThenACall_areTwo() {
        List<AnswerTurn> turns =
                form.turns("\n 我来查一下。<|assistant|> get_weather\n```python\ntool_call(city='北京')\n```", true);
        assertThat(turns).hasSize(2);
        assertThat(((AnswerTurn.Text) turns.get(0)).content()).isEqualTo("我来查一下。");
        assertThat(((AnswerTurn.Call) turns.get(1)).name()).isEqualTo("get_weather");
    }

    @Test
    void turns_noLineBreak_isWords() {
        assertThat(form.turns(" 好", true)).containsExactly(new AnswerTurn.Text("好", AnswerTurn.written("", "好")));
    }

    @Test
    void feed_anyParts_showsTheWordsOfAllTurnsAndNothingElse() {
        String whole = "\n 一 [[训练时间 二 [[训练时间]] <三\n\n四 <|assistant|>f\n```python\ntool_call()\n```<|assistant|>\n 五 ";
        int compared = 0;
        for (int size = 1; size <= whole.length(); size++) {
            AnswerReader reader = form.newReader(true);
            StringBuilder shown = new StringBuilder();
            for (int at = 0; at < whole.length(); at += size) {
                shown.append(reader.feed(whole.substring(at, Math.min(whole.length(), at + size))));
            }
            shown.append(reader.finish());
            assertThat(shown).as("parts of %d", size).hasToString("一 [[训练时间 二 2023年 <三\n\n四\n五");
            assertThat(reader.turns()).hasSize(3);
            compared++;
        }
        assertThat(compared).isEqualTo(whole.length());
    }

    @Test
    void prompt_golden_givesTheReferencesIds() throws IOException {
        ChatForm reference = new ChatForm(Tokenizer.read(SharedFolder.require("tokenizer/tokenizer.model")));
        int compared = 0;
        for (String line : Files.readAllLines(SharedFolder.require("golden/chat_input_golden.jsonl"))) {
            JsonNode row = JSON.readTree(line);
            List<Message> messages = new ArrayList<>();
            JsonNode tools = null;
            for (JsonNode message : row.get("history")) {
                tools = message.has("tools") ? message.get("tools") : tools;
                messages.add(new Message(
                        role(message),
                        message.path("metadata").asText(""),
                        message.get("content").textValue(),
                        true));
            }
            messages.add(Message.of(role(row), row.get("query").textValue()));
            int[] expected = JSON.convertValue(row.get("input_ids"), int[].class);
            assertThat(reference.prompt(messages, tools)).as("row %d", compared).isEqualTo(expected);
            compared++;
        }
        assertThat(compared).isEqualTo(3);
    }

    @Test
    void turns_goldenCalls_giveTheArgumentsThatWereWritten() throws IOException {
        int calls = 0;
        for (String line : Files.readAllLines(SharedFolder.require("golden/tool_conversation_golden.jsonl"))) {
            for (JsonNode message : JSON.readTree(line).get("conversations")) {
                if (message.get("role").textValue().equals("tool")) {
                    Message written = ToolConversations.toolCall(message).get(0);
                    AnswerTurn turn = form.turns(written.metadata() + "\n" + written.content(), true)
                            .get(0);
                    assertThat(((AnswerTurn.Call) turn).name()).isEqualTo(written.metadata());
                    assertThat(((AnswerTurn.Call) turn).arguments()).isEqualTo(message.get("parameters"));
                    calls++;
                }
            }
        }
        assertThat(calls).isEqualTo(20);
    }

    private static Role role(JsonNode message) {
        return Arrays.stream(Role.values())
                .filter(role -> role.word().equals(message.get("role").textValue()))
                .findFirst()
                .orElseThrow();
    }
}
