package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.chat.ChatEnd;
import dev.stride.chat.ChatPiece;
import dev.stride.chat.ServedModel;
import dev.stride.tokenizer.SmallVocabulary;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a client is told of an answer with calls, from texts that a model could write. */
class ChatShapeTest {
    private static final String CALL = "weather\n ```python\ntool_call(city='北京', days=2)\n```";

    private final List<JsonNode> deltas = new ArrayList<>();

    /** Tells an answer in pieces of a few characters. */
    private ObjectNode told(boolean tools, ChatEnd.Reason reason, String text) {
        ServedModel model = new ServedModel("m", "m", "", 2048, SmallVocabulary.tokenizer());
        ApiShape.Choice choice = new ChatShape(model, tools, false).choice(0);
        List<ObjectNode> told = new ArrayList<>(choice.begin());
        for (int at = 0; at < text.length(); at += 3) {
            told.addAll(choice.feed(new ChatPiece(text.substring(at, Math.min(text.length(), at + 3)), List.of())));
        }
        told.addAll(choice.finish(reason));
        told.forEach(each -> deltas.add(each.path("delta")));
        assertThat(told.get(told.size() - 1).path("finish_reason").asText()).isNotEmpty();
        assertThat(told.subList(0, told.size() - 1))
                .allMatch(each -> each.path("finish_reason").isNull());
        ObjectNode whole = choice.whole();
        assertThat(told.get(told.size() - 1).path("finish_reason")).isEqualTo(whole.path("finish_reason"));
        StringBuilder words = new StringBuilder();
        deltas.forEach(delta -> words.append(delta.path("content").asText("")));
        assertThat(words.toString())
                .isEqualTo(whole.at("/message/content").asText("").replace("null", ""));
        return whole;
    }

    private static String reason(JsonNode whole) {
        return whole.path("finish_reason").asText();
    }

    @Test
    void call_alone_hasNoWords_andIsToldAsOpenAiDoes() {
        ObjectNode whole = told(true, ChatEnd.Reason.STOP, CALL);
        assertThat(reason(whole)).isEqualTo("tool_calls");
        assertThat(whole.at("/message/content").isNull()).isTrue();
        JsonNode call = whole.at("/message/tool_calls/0");
        assertThat(call.path("id").asText()).matches("call_[0-9a-f]{24}");
        assertThat(call.path("type").asText()).isEqualTo("function");
        assertThat(call.has("index")).isFalse();
        assertThat(call.at("/function/name").asText()).isEqualTo("weather");
        assertThat(ChatRig.json(call.at("/function/arguments").asText()).toString())
                .isEqualTo("{\"city\":\"北京\",\"days\":2}");
        assertThat(deltas.get(0).path("role").asText()).isEqualTo("assistant");
        List<JsonNode> calls = deltas.stream().filter(d -> d.has("tool_calls")).toList();
        assertThat(calls).hasSize(1);
        JsonNode streamed = calls.get(0).path("tool_calls").get(0);
        assertThat(streamed.path("index").asInt(-1)).isZero();
        assertThat(streamed.path("id")).isEqualTo(call.path("id"));
        assertThat(streamed.path("type").asText()).isEqualTo("function");
        assertThat(streamed.path("function")).isEqualTo(call.path("function"));
        assertThat(deltas.get(deltas.size() - 1)).isEmpty();
    }

    @Test
    void call_afterWords_keepsBoth() {
        ObjectNode whole = told(true, ChatEnd.Reason.STOP, "\n 我来查一下。<|assistant|>" + CALL);
        assertThat(reason(whole)).isEqualTo("tool_calls");
        assertThat(whole.at("/message/content").asText()).isEqualTo("我来查一下。");
        assertThat(whole.at("/message/tool_calls")).hasSize(1);
    }

    @Test
    void call_twice_areCountedOn() {
        ObjectNode whole = told(true, ChatEnd.Reason.STOP, CALL + "<|assistant|>" + CALL);
        assertThat(whole.at("/message/tool_calls")).hasSize(2);
        List<Integer> indexes = new ArrayList<>();
        deltas.forEach(delta -> delta.path("tool_calls")
                .forEach(call -> indexes.add(call.path("index").asInt())));
        assertThat(indexes).containsExactly(0, 1);
        assertThat(whole.at("/message/tool_calls/0/id")).isNotEqualTo(whole.at("/message/tool_calls/1/id"));
    }

    @Test
    void call_unfinished_isNoCall_andNothingIsLost() {
        ObjectNode whole = told(true, ChatEnd.Reason.LENGTH, "weather\n ```python\ntool_call(city='北");
        assertThat(reason(whole)).isEqualTo("length");
        assertThat(whole.path("message").has("tool_calls")).isFalse();
        assertThat(whole.at("/message/content").asText()).contains("weather", "tool_call(city='北");
    }

    @Test
    void call_withoutTools_isCodeForNobody_andToldAsWritten() {
        ObjectNode whole = told(false, ChatEnd.Reason.STOP, "\n看：<|assistant|>interpreter\n```python\nprint(1)\n```");
        assertThat(reason(whole)).isEqualTo("stop");
        assertThat(whole.path("message").has("tool_calls")).isFalse();
        assertThat(whole.at("/message/content").asText()).isEqualTo("看：\ninterpreter\n```python\nprint(1)\n```");
    }

    @Test
    void words_afterACall_endAsAStop() {
        ObjectNode whole = told(true, ChatEnd.Reason.STOP, CALL + "<|assistant|>\n好了");
        assertThat(reason(whole)).isEqualTo("stop");
        assertThat(whole.at("/message/content").asText()).isEqualTo("好了");
        assertThat(whole.at("/message/tool_calls")).hasSize(1);
    }

    @Test
    void nothing_isAnEmptyText() {
        ObjectNode whole = told(true, ChatEnd.Reason.STOP, "");
        assertThat(whole.at("/message/content").asText("none")).isEmpty();
        assertThat(reason(whole)).isEqualTo("stop");
    }
}
