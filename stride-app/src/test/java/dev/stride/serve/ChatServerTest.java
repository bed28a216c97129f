package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.chat.ChatEnd;
import dev.stride.chat.ChatForm;
import dev.stride.model.ChatGlmModel;
import dev.stride.model.Generator;
import dev.stride.model.Sampling;
import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Role;
import dev.stride.tokenizer.ToolConversations;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What OpenAI's API answers over the sample model. */
class ChatServerTest {
    private static ChatRig rig;

    @BeforeAll
    static void open() {
        rig = ChatRig.open(ChatRig.setup().alias("gpt-4o-mini", ChatRig.ONE));
    }

    @AfterAll
    static void close() {
        rig.close();
    }

    private static List<Message> said(String text) {
        return List.of(Message.of(Role.USER, text));
    }

    private static List<JsonNode> stream(ObjectNode body) {
        ChatRig.with(body, "stream", true);
        HttpResponse<String> response = rig.post("/v1/chat/completions", body.toString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).hasValue(EventStream.TYPE);
        return ChatRig.events(response.body());
    }

    private static String reason(JsonNode choice) {
        return choice.path("finish_reason").asText();
    }

    @Test
    void chat_greedy_isTheGeneratorsAnswerInOpenAisForm() {
        String expected;
        int tokens;
        ChatForm form = new ChatForm(ChatRig.tokenizer());
        int[] prompt = form.prompt(said("你好"), null);
        try (ChatGlmModel model = ChatRig.model()) {
            int[] ids = new Generator(model)
                    .generate(List.of(prompt), Sampling.greedy(40, form.stopIds()))
                    .get(0);
            tokens = ids.length;
            boolean stopped = form.stopIds().contains(ids[tokens - 1]);
            assertThat(stopped).as("the sample model ends its greeting").isTrue();
            expected =
                    ChatRig.tokenizer().decode(Arrays.copyOf(ids, tokens - 1)).strip();
        }
        JsonNode answer = rig.chat(ChatRig.question(ChatRig.BASE, "你好", "temperature", 0, "max_tokens", 40));
        assertThat(ChatRig.words(answer)).isEqualTo(expected).isNotBlank();
        assertThat(answer.path("id").asText()).matches("chatcmpl-[0-9a-f]{24}");
        assertThat(answer.path("object").asText()).isEqualTo("chat.completion");
        assertThat(answer.path("model").asText()).isEqualTo(ChatRig.BASE);
        assertThat(answer.path("created").asLong()).isGreaterThan(1_700_000_000L);
        JsonNode choice = answer.path("choices").get(0);
        assertThat(answer.path("choices")).hasSize(1);
        assertThat(choice.path("index").asInt(-1)).isZero();
        assertThat(reason(choice)).isEqualTo("stop");
        assertThat(choice.path("message").path("role").asText()).isEqualTo("assistant");
        assertThat(choice.path("message").has("tool_calls")).isFalse();
        assertThat(answer.path("usage").path("prompt_tokens").asInt()).isEqualTo(prompt.length);
        assertThat(answer.path("usage").path("completion_tokens").asInt()).isEqualTo(tokens);
        assertThat(answer.path("usage").path("total_tokens").asInt()).isEqualTo(prompt.length + tokens);
    }

    @Test
    void chat_stream_isTheWholeAnswerInParts_andTellsItsUsageWhereAsked() {
        ObjectNode body = ChatRig.question(ChatRig.BASE, "你叫什么名字？", "temperature", 0, "max_tokens", 60);
        String whole = ChatRig.words(rig.chat(body));
        List<JsonNode> plain = stream(body.deepCopy());
        List<JsonNode> counted =
                stream(ChatRig.with(body.deepCopy(), "stream_options", java.util.Map.of("include_usage", true)));
        assertThat(ChatRig.words(plain, 0)).isEqualTo(whole);
        assertThat(ChatRig.words(counted, 0)).isEqualTo(whole);
        JsonNode first = plain.get(0);
        assertThat(first.path("object").asText()).isEqualTo("chat.completion.chunk");
        assertThat(first.path("choices").get(0).path("delta").path("role").asText())
                .isEqualTo("assistant");
        assertThat(plain)
                .extracting(event -> event.path("id").asText())
                .containsOnly(first.path("id").asText());
        assertThat(plain).noneMatch(event -> event.has("usage"));
        assertThat(plain.size()).as("told as it comes").isGreaterThan(5);
        List<String> reasons = plain.stream()
                .map(event -> reason(event.path("choices").get(0)))
                .filter(reason -> !reason.equals("null"))
                .toList();
        assertThat(reasons).containsExactly("stop");
        JsonNode last = counted.get(counted.size() - 1);
        assertThat(last.path("choices")).isEmpty();
        assertThat(last.path("usage").path("completion_tokens").asInt()).isPositive();
        assertThat(last.path("usage").path("total_tokens").asInt())
                .isEqualTo(last.path("usage").path("prompt_tokens").asInt()
                        + last.path("usage").path("completion_tokens").asInt());
        assertThat(counted.subList(0, counted.size() - 1))
                .allMatch(event -> event.has("usage") && event.path("usage").isNull());
    }

    @Test
    void chat_repeatedBeginning_isNotComputedAgain() {
        String text = "请问我昨天买的那件衣服什么时候可以到？我想知道快递的名字。";
        ObjectNode body = ChatRig.question(ChatRig.BASE, text, "temperature", 0, "max_tokens", 12);
        JsonNode cold = rig.chat(body);
        JsonNode warm = rig.chat(body);
        int prompt = warm.path("usage").path("prompt_tokens").asInt();
        assertThat(cold.at("/usage/prompt_tokens_details/cached_tokens").asInt())
                .isLessThan(prompt - 1);
        assertThat(warm.at("/usage/prompt_tokens_details/cached_tokens").asInt())
                .isEqualTo(prompt - 1);
        assertThat(ChatRig.words(warm)).isEqualTo(ChatRig.words(cold));
        JsonNode other = rig.chat(ChatRig.question(ChatRig.TWO, text, "temperature", 0, "max_tokens", 12));
        assertThat(other.at("/usage/prompt_tokens_details/cached_tokens").asInt(-1))
                .as("another adapter")
                .isZero();
    }

    @Test
    void chat_severalAnswers_haveSeedsOfTheirOwn_andRepeat() {
        ObjectNode body = ChatRig.question(
                ChatRig.ONE, "说点什么", "n", 3, "seed", 7, "temperature", 1, "top_p", 1, "max_tokens", 16);
        JsonNode answers = rig.chat(body);
        List<String> texts = new ArrayList<>();
        answers.path("choices")
                .forEach(choice ->
                        texts.add(choice.path("message").path("content").asText()));
        assertThat(texts).hasSize(3).doesNotHaveDuplicates();
        JsonNode again = rig.chat(body);
        for (int i = 0; i < 3; i++) {
            assertThat(again.path("choices").get(i).path("index").asInt()).isEqualTo(i);
            assertThat(again.path("choices")
                            .get(i)
                            .path("message")
                            .path("content")
                            .asText())
                    .isEqualTo(texts.get(i));
        }
        assertThat(answers.at("/usage/completion_tokens").asInt()).isEqualTo(48);
        assertThat(answers.at("/usage/prompt_tokens").asInt())
                .as("counted once")
                .isEqualTo(rig.engine.model(ChatRig.ONE).form().prompt(said("说点什么"), null).length);
        List<JsonNode> streamed = stream(body);
        for (int i = 0; i < 3; i++) {
            assertThat(ChatRig.words(streamed, i)).isEqualTo(texts.get(i));
        }
        assertThat(ChatRig.words(rig.chat(ChatRig.with(body, "stream", false, "n", 1, "seed", 9))))
                .as("seed 7's third is seed 9's first")
                .isEqualTo(texts.get(2));
    }

    @Test
    void chat_lengthAndStopTexts_endIt() {
        ObjectNode body = ChatRig.question(ChatRig.ONE, "说", "temperature", 0, "max_tokens", 24);
        JsonNode free = rig.chat(body);
        String text = ChatRig.words(free);
        assertThat(reason(free.path("choices").get(0))).isEqualTo("length");
        assertThat(free.at("/usage/completion_tokens").asInt()).isEqualTo(24);
        String stop = text.substring(text.length() / 2, text.length() / 2 + 2);
        JsonNode stopped = rig.chat(ChatRig.with(body, "stop", List.of("never to be seen", stop)));
        assertThat(ChatRig.words(stopped))
                .isEqualTo(text.substring(0, text.indexOf(stop)).stripTrailing());
        assertThat(reason(stopped.path("choices").get(0))).isEqualTo("stop");
        assertThat(ChatRig.words(stream(body), 0)).isEqualTo(ChatRig.words(stopped));
    }

    @Test
    void chat_logprobs_areDescendingWithBytes_wholeAndStreamed() {
        ObjectNode body = ChatRig.question(
                ChatRig.BASE, "你好", "temperature", 0, "max_tokens", 8, "logprobs", true, "top_logprobs", 3);
        JsonNode tokens = rig.chat(body).at("/choices/0/logprobs/content");
        assertThat(tokens).hasSize(8);
        List<String> names = new ArrayList<>();
        for (JsonNode token : tokens) {
            assertThat(token.path("logprob").asDouble()).isLessThanOrEqualTo(0);
            assertThat(token.path("top_logprobs")).hasSize(3);
            assertThat(token.at("/top_logprobs/0/token")).isEqualTo(token.path("token"));
            assertThat(token.at("/top_logprobs/0/logprob")).isEqualTo(token.path("logprob"));
            assertThat(token.at("/top_logprobs/1/logprob").asDouble())
                    .isLessThanOrEqualTo(token.path("logprob").asDouble());
            assertThat(token.path("bytes").isArray()).isTrue();
            names.add(token.path("token").asText());
        }
        List<String> streamed = new ArrayList<>();
        stream(body)
                .forEach(event -> event.at("/choices/0/logprobs/content")
                        .forEach(token -> streamed.add(token.path("token").asText())));
        assertThat(streamed).isEqualTo(names);
    }

    @Test
    void text_continuesTextsAndIds_wholeAndStreamed() {
        String begin = "学习率";
        JsonNode one = rig.text(ChatRig.beginning(ChatRig.BASE, begin, "temperature", 0, "max_tokens", 10));
        assertThat(one.path("object").asText()).isEqualTo("text_completion");
        assertThat(one.path("id").asText()).startsWith("cmpl-");
        String text = one.at("/choices/0/text").asText();
        assertThat(text).isNotEmpty();
        int[] prefix = ChatRig.tokenizer().prefixIds();
        int[] body = ChatRig.tokenizer().encode(begin);
        List<Integer> ids = new ArrayList<>();
        Arrays.stream(prefix).forEach(ids::add);
        Arrays.stream(body).forEach(ids::add);
        ObjectNode several = ChatRig.beginning(ChatRig.BASE, "", "temperature", 0, "max_tokens", 10, "logprobs", 2);
        ChatRig.with(several, "prompt", List.of(ids, ids));
        JsonNode two = rig.text(several);
        assertThat(two.path("choices")).hasSize(2);
        for (JsonNode choice : two.path("choices")) {
            assertThat(choice.path("text").asText()).isEqualTo(text);
            int count = choice.at("/logprobs/tokens").size();
            assertThat(count).isBetween(1, 10);
            assertThat(choice.at("/logprobs/token_logprobs")).hasSize(count);
            assertThat(choice.at("/logprobs/top_logprobs")).hasSize(count);
            assertThat(choice.at("/logprobs/text_offset/0").asInt(-1)).isZero();
        }
        HttpResponse<String> streamed = rig.post(
                "/v1/completions",
                ChatRig.beginning(ChatRig.BASE, begin, "temperature", 0, "max_tokens", 10, "stream", true)
                        .toString());
        assertThat(ChatRig.words(ChatRig.events(streamed.body()), 0)).isEqualTo(text);
    }

    @Test
    void models_areListed_adaptersAndAliasesAnswerByName() throws InterruptedException {
        JsonNode list = ChatRig.whole(rig.get("/v1/models"));
        assertThat(list.path("object").asText()).isEqualTo("list");
        List<String> names = new ArrayList<>();
        list.path("data").forEach(model -> names.add(model.path("id").asText()));
        assertThat(names).containsExactly(ChatRig.BASE, ChatRig.ONE, ChatRig.TWO, "gpt-4o-mini");
        for (String spelling : List.of("/v1/models/sample:one", "/v1/models/sample%3Aone")) {
            JsonNode one = ChatRig.whole(rig.get(spelling));
            assertThat(one.path("id").asText()).isEqualTo(ChatRig.ONE);
            assertThat(one.path("object").asText()).isEqualTo("model");
            assertThat(one.path("parent").asText()).isEqualTo(ChatRig.BASE);
            assertThat(one.path("max_model_len").asInt()).isEqualTo(2048);
        }
        List<String> texts = new ArrayList<>();
        for (String name : List.of(ChatRig.BASE, ChatRig.ONE, ChatRig.TWO)) {
            ChatEnd end = rig.ask(name, 12, said("早上好"));
            JsonNode answer = rig.chat(ChatRig.question(name, "早上好", "temperature", 0, "max_tokens", 12));
            assertThat(ChatRig.words(answer)).isEqualTo(end.text().strip());
            texts.add(ChatRig.words(answer));
        }
        assertThat(texts).doesNotHaveDuplicates();
        JsonNode alias = rig.chat(ChatRig.question("gpt-4o-mini", "早上好", "temperature", 0, "max_tokens", 12));
        assertThat(alias.path("model").asText()).isEqualTo("gpt-4o-mini");
        assertThat(ChatRig.words(alias)).isEqualTo(texts.get(1));
        assertThat(ChatRig.whole(rig.get("/v1/models/gpt-4o-mini")).path("root").asText())
                .isEqualTo(ChatRig.ONE);
    }

    @Test
    void chat_toolsAndTheirMessages_becomeThePromptOfTraining() throws InterruptedException {
        JsonNode tool = ChatRig.json(
                "{\"type\":\"function\",\"function\":{\"name\":\"weather\",\"description\":\"d\",\"parameters\":{}}}");
        ObjectNode body = ChatRig.question(ChatRig.BASE, "天气？", "temperature", 0, "max_tokens", 6);
        body.putArray("tools").add(tool);
        ObjectNode call =
                body.withArray("messages").addObject().put("role", "assistant").putNull("content");
        ObjectNode made =
                call.putArray("tool_calls").addObject().put("id", "call_1").put("type", "function");
        made.putObject("function").put("name", "weather").put("arguments", "{\"city\": \"北京\", \"days\": 2}");
        body.withArray("messages")
                .addObject()
                .put("role", "tool")
                .put("tool_call_id", "call_1")
                .put("content", "晴");
        JsonNode answer = rig.chat(body);
        JsonNode plain = ChatRig.json("[{\"name\":\"weather\",\"description\":\"d\",\"parameters\":{}}]");
        List<Message> messages = List.of(
                ToolConversations.systemMessage(plain),
                Message.of(Role.USER, "天气？"),
                new Message(Role.ASSISTANT, "weather", "```python\ntool_call(city='北京', days=2)\n```", true),
                Message.of(Role.OBSERVATION, "晴"));
        ChatEnd end = rig.ask(ChatRig.BASE, 6, messages);
        assertThat(answer.at("/usage/prompt_tokens").asInt()).isEqualTo(end.promptTokens());
        assertThat(end.cachedTokens()).as("the very same prompt").isEqualTo(end.promptTokens() - 1);
    }

    @Test
    void pageInfoHealthAndMetrics_areThere() {
        assertThat(rig.get("/health").body()).isEqualTo("{\"status\":\"ok\"}");
        HttpResponse<String> page = rig.get("/chat/");
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("Content-Security-Policy")).hasValue(Answer.POLICY);
        assertThat(rig.get("/").statusCode()).isEqualTo(303);
        assertThat(rig.get("/?token=" + ChatRig.TOKEN).headers().firstValue("Set-Cookie"))
                .hasValueSatisfying(cookie -> assertThat(cookie).contains("HttpOnly", "SameSite=Strict"));
        JsonNode info = ChatRig.whole(rig.get("/chat/info"));
        assertThat(info.path("can_chat").asBoolean()).isTrue();
        assertThat(info.at("/models/0/run/peak_lr").asDouble()).isEqualTo(3e-3);
        assertThat(info.path("default_model").asText()).isEqualTo(ChatRig.ONE);
        rig.isWell();
        HttpResponse<String> metrics = rig.get("/metrics");
        assertThat(metrics.headers().firstValue("Content-Type")).hasValue(PrometheusText.TYPE);
        assertThat(metrics.body())
                .contains("stride_chat_answers_total{reason=\"length\"} ", "stride_chat_cache_tokens 32768")
                .containsPattern("stride_chat_new_tokens_total [1-9]");
    }
}
