package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.chat.ChatEnd;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every refusal of the API: its status, its headers and its words. */
class ChatErrorsTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final String SECRET = "the-secret-word";
    private static final String KEY = "sk-Own_Key.1";
    private static final String BEARER = "Bearer " + KEY;
    private static ChatRig rig;
    private static ChatRig locked;

    @BeforeAll
    static void open() {
        rig = ChatRig.open(
                ChatRig.setup().engine(ChatRig.setup().engine().withAnswers(1).withWaiting(1)));
        locked = ChatRig.open(ChatRig.setup().keys("another", KEY).origins("http://app.example:3000"));
    }

    @AfterAll
    static void close() {
        rig.close();
        locked.close();
    }

    private static JsonNode error(HttpResponse<String> response, int status, String type) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type")).hasValue(Answer.JSON);
        JsonNode error = ChatRig.json(response.body()).path("error");
        assertThat(error.path("message").asText()).isNotBlank();
        assertThat(error.path("type").asText()).isEqualTo(type);
        assertThat(error.has("param") && error.has("code")).isTrue();
        return error;
    }

    private static JsonNode wrong(HttpResponse<String> response) {
        return error(response, 400, "invalid_request_error");
    }

    private static ObjectNode question(Object... more) {
        return ChatRig.question(ChatRig.BASE, "你好", more);
    }

    @Test
    void body_everythingThatIsWrong_isToldAtOnceWithTheNearestName() {
        JsonNode error = wrong(rig.post(
                CHAT,
                question(
                                "temprature", 1,
                                "temperature", 3,
                                "top_p", 0,
                                "n", 1.5,
                                "max_tokens", 4,
                                "max_completion_tokens", 5,
                                "stop", List.of(""),
                                "logit_bias", Map.of("1", 2),
                                "tool_choice", "required",
                                "stream", "yes",
                                "top_logprobs", 2)
                        .toString()));
        assertThat(error.path("message").asText())
                .contains(
                        "temprature: unknown",
                        "Did you mean temperature?",
                        "temperature: 3; allowed: 0 to 2",
                        "top_p: 0",
                        "n: 1.5; allowed: a whole number from 1 to 16",
                        "max_tokens: 4 beside max_completion_tokens 5",
                        "stop: [\"\"]",
                        "logit_bias: {\"1\":2}; allowed: it is not supported",
                        "tool_choice: \"required\"",
                        "stream: \"yes\"; allowed: true or false",
                        "top_logprobs: 2; allowed: only where logprobs is true");
        assertThat(error.path("code").asText()).isEqualTo("invalid_value");
        assertThat(wrong(rig.post(CHAT, "{}")).path("message").asText())
                .contains("model: nothing", "messages: nothing");
        assertThat(wrong(rig.post("/v1/completions", "{\"model\":\"sample\",\"prompt\":[1,\"a\"]}"))
                        .path("message")
                        .asText())
                .contains("prompt: ", "an array of token ids");
    }

    @Test
    void body_manyOrLongMistakes_areToldInAFewWords() {
        ObjectNode many = question("temperature", "x".repeat(200_000));
        for (int i = 0; i < 20_000; i++) {
            many.put("unknown" + i, 1);
        }
        HttpResponse<String> response = rig.post(CHAT, many.toString());
        assertThat(wrong(response).path("message").asText()).contains("more");
        assertThat(response.body().length()).isLessThan(20_000);
        HttpResponse<String> name =
                rig.post(CHAT, ChatRig.question("m".repeat(500_000), "x").toString());
        error(name, 404, "invalid_request_error");
        assertThat(name.body().length()).isLessThan(20_000);
        HttpResponse<String> key =
                rig.post(CHAT, question("k".repeat(500_000), 1).toString());
        wrong(key);
        assertThat(key.body().length()).isLessThan(20_000);
    }

    @Test
    void body_thatIsNoRequest_isRefused() {
        for (String body :
                List.of("", "[]", "{", "{} {}", "{\"model\":\"a\",\"model\":\"b\"}", "null", "NaN", "{\"a\":NaN}")) {
            assertThat(wrong(rig.post(CHAT, body)).path("message").asText())
                    .as(body)
                    .contains("JSON");
        }
        HttpRequest plain = rig.request(CHAT)
                .header("Content-Type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofString(question().toString()))
                .build();
        error(rig.send(plain), 415, "invalid_request_error");
        error(
                rig.send(rig.request(CHAT)
                        .POST(HttpRequest.BodyPublishers.ofString(question().toString()))
                        .build()),
                415,
                "invalid_request_error");
    }

    @Test
    void prompt_tooLong_namesBothNumbers() {
        JsonNode error = wrong(
                rig.post(CHAT, ChatRig.question(ChatRig.BASE, "好".repeat(3000)).toString()));
        assertThat(error.path("code").asText()).isEqualTo("context_length_exceeded");
        assertThat(error.path("param").asText()).isEqualTo("messages");
        assertThat(error.path("message").asText()).contains("allowed: 2048 together");
        assertThat(error.path("message").asText()).doesNotContain("好好");
        JsonNode asked = wrong(rig.post(CHAT, question("max_tokens", 2048).toString()));
        assertThat(asked.path("message").asText()).contains("2048 new ones were asked for");
        JsonNode text = wrong(rig.post(
                "/v1/completions",
                ChatRig.beginning(ChatRig.BASE, "好".repeat(3000)).toString()));
        assertThat(text.path("param").asText()).isEqualTo("prompt");
        JsonNode ids = wrong(rig.post("/v1/completions", "{\"model\":\"sample\",\"prompt\":[3072],\"max_tokens\":1}"));
        assertThat(ids.path("message").asText()).contains("allowed: 0 to 3071");
    }

    @Test
    void nameOrPath_thatIsNone_is404() {
        JsonNode error =
                error(rig.post(CHAT, ChatRig.question("gpt-4o", "x").toString()), 404, "invalid_request_error");
        assertThat(error.path("code").asText()).isEqualTo("model_not_found");
        assertThat(error.path("message").asText()).contains("sample:one", "--alias gpt-4o");
        error(rig.get("/v1/models/none"), 404, "invalid_request_error");
        error(rig.get("/v1/embeddings"), 404, "invalid_request_error");
        assertThat(rig.get("/v2").statusCode()).isEqualTo(404);
        assertThat(rig.get("/chat/../chat/chat.js").statusCode()).isBetween(400, 499);
        assertThat(rig.get("/chat/%2e%2e/x").statusCode()).isBetween(400, 499);
    }

    @Test
    void method_thatAnAddressHasNot_is405WithAllow() {
        HttpResponse<String> read = rig.get(CHAT);
        error(read, 405, "invalid_request_error");
        assertThat(read.headers().firstValue("Allow")).hasValue("POST");
        HttpResponse<String> written = rig.post("/v1/models", "{}");
        error(written, 405, "invalid_request_error");
        assertThat(written.headers().firstValue("Allow")).hasValue("GET, HEAD");
    }

    @Test
    void key_missingOrWrong_is401_andRightInEachWayIsLetIn() {
        HttpResponse<String> none = locked.post(CHAT, question("user", SECRET).toString());
        JsonNode error = error(none, 401, "authentication_error");
        assertThat(error.path("code").asText()).isEqualTo("invalid_api_key");
        assertThat(none.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
        for (String header :
                List.of("Bearer wrong", "Basic " + KEY, "Bearer", "Bearer another" + KEY, "Bearer \u00e9")) {
            HttpResponse<String> wrong = locked.get("/v1/models", "Authorization", header);
            error(wrong, 401, "authentication_error");
            assertThat(wrong.body()).doesNotContain(KEY, ChatRig.TOKEN);
        }
        assertThat(locked.get("/metrics").statusCode()).isEqualTo(401);
        String token = "Bearer " + ChatRig.TOKEN;
        for (String header : List.of(BEARER, "Bearer another", "bearer " + KEY, "Bearer   " + KEY, token)) {
            assertThat(locked.get("/v1/models", "Authorization", header).statusCode())
                    .as(header)
                    .isEqualTo(200);
        }
        HttpResponse<String> welcome = locked.get("/?token=" + ChatRig.TOKEN);
        assertThat(welcome.statusCode()).isEqualTo(303);
        assertThat(locked.get("/?token=wrong").statusCode()).isEqualTo(403);
        String cookie = welcome.headers().firstValue("Set-Cookie").orElseThrow().split(";")[0];
        assertThat(locked.get("/v1/models", "Cookie", cookie).statusCode()).isEqualTo(200);
        assertThat(ChatRig.json(locked.get("/chat/info").body())
                        .path("can_chat")
                        .asBoolean(true))
                .isFalse();
        assertThat(ChatRig.json(locked.get("/chat/info", "Cookie", cookie).body())
                        .path("can_chat")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void otherSite_isRefused_unlessItWasNamed() throws IOException {
        assertThat(RawClient.status(rig.port(), "GET /v1/models", "Host: evil.example"))
                .isEqualTo(403);
        assertThat(rig.get("/v1/models", "Origin", "http://evil.example").statusCode())
                .isEqualTo(403);
        assertThat(rig.get("/v1/models", "Sec-Fetch-Site", "cross-site").statusCode())
                .isEqualTo(403);
        assertThat(rig.get("/v1/models", "Origin", rig.address("")).statusCode())
                .isEqualTo(200);

        String app = "http://app.example:3000";
        HttpResponse<String> asked = locked.send(locked.request(CHAT)
                .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                .headers(
                        "Origin",
                        app,
                        "Access-Control-Request-Method",
                        "POST",
                        "Access-Control-Request-Headers",
                        "authorization,x-stainless-os")
                .build());
        assertThat(asked.statusCode()).isEqualTo(204);
        assertThat(asked.headers().firstValue("Access-Control-Allow-Origin")).hasValue(app);
        assertThat(asked.headers().firstValue("Access-Control-Allow-Headers")).hasValue("authorization,x-stainless-os");
        HttpResponse<String> answered =
                locked.post(CHAT, question("max_tokens", 2).toString(), "Origin", app, "Authorization", BEARER);
        assertThat(answered.statusCode()).isEqualTo(200);
        assertThat(answered.headers().firstValue("Access-Control-Allow-Origin")).hasValue(app);
        HttpResponse<String> refused = locked.post(CHAT, "{}", "Origin", app);
        error(refused, 401, "authentication_error");
        assertThat(refused.headers().firstValue("Access-Control-Allow-Origin"))
                .as("the page can read why")
                .hasValue(app);
        assertThat(locked.post(CHAT, "{}", "Origin", "http://app.example:3001").statusCode())
                .isEqualTo(403);
    }

    @Test
    void body_tooLong_is413ThatTheClientCanRead() throws Exception {
        String much = question("user", "x".repeat(ChatSettings.MAX_BODY)).toString();
        error(rig.post(CHAT, much), 413, "invalid_request_error");
        HttpRequest chunked = rig.request(CHAT)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofInputStream(
                        () -> new java.io.ByteArrayInputStream(much.getBytes(StandardCharsets.UTF_8))))
                .build();
        error(rig.send(chunked), 413, "invalid_request_error");
        // asks first: it is answered before it sends anything
        for (long length : new long[] {ChatSettings.MAX_BODY + 1, 1L << 40}) {
            try (RawClient asking = new RawClient(
                    rig.port(),
                    "POST " + CHAT,
                    "Content-Type: application/json",
                    "Expect: 100-continue",
                    "Content-Length: " + length)) {
                assertThat(asking.status()).isEqualTo(413);
                assertThat(asking.headers()).containsEntry("connection", "close");
                asking.drain();
            }
        }
        try (Socket socket = new Socket();
                RawClient small = new RawClient(
                        socket,
                        rig.port(),
                        "POST " + CHAT,
                        "Content-Type: application/json",
                        "Expect: 100-continue",
                        "Content-Length: 2")) {
            assertThat(small.status()).isEqualTo(100);
            small.headers();
            OutputStream out = socket.getOutputStream();
            out.write("{}".getBytes(StandardCharsets.UTF_8));
            assertThat(small.status()).isEqualTo(400);
        }
    }

    @Test
    void queueFull_is429WithRetryAfter() throws Exception {
        String longest = ChatRig.question(ChatRig.ONE, "说", "temperature", 0, "stream", true)
                .toString();
        String[] head = {
            "Content-Type: application/json", "Content-Length: " + longest.getBytes(StandardCharsets.UTF_8).length
        };
        try (Socket first = new Socket();
                RawClient running = new RawClient(first, rig.port(), "POST " + CHAT, head);
                Socket second = new Socket();
                RawClient waiting = new RawClient(second, rig.port(), "POST " + CHAT, head)) {
            first.getOutputStream().write(longest.getBytes(StandardCharsets.UTF_8));
            rig.await(status -> status.answering() == 1);
            second.getOutputStream().write(longest.getBytes(StandardCharsets.UTF_8));
            rig.await(status -> status.waiting() == 1);
            HttpResponse<String> refused = rig.post(CHAT, question().toString());
            JsonNode error = error(refused, 429, "rate_limit_error");
            assertThat(error.path("code").asText()).isEqualTo("rate_limit_exceeded");
            assertThat(refused.headers().firstValue("Retry-After")).hasValue("1");
            assertThat(running.status()).isEqualTo(200);
            assertThat(waiting.status()).isEqualTo(200);
        }
        rig.await(status -> status.answering() + status.waiting() == 0);
        assertThat(rig.ended(ChatEnd.Reason.CANCELLED)).isPositive();
    }

    @Test
    void moreAnswersThanThereIsRoomFor_is400AsItWouldNeverBeTaken() {
        JsonNode error = wrong(rig.post(CHAT, question("n", 3, "max_tokens", 1).toString()));
        assertThat(error.path("message").asText()).contains("allowed: 2");
    }

    @Test
    void log_hasNoWordOfTheRequestAndNoKey() {
        locked.post(CHAT, question("user", SECRET, "max_tokens", 2).toString(), "Authorization", BEARER);
        locked.post(CHAT, question(SECRET, 1).toString(), "Authorization", "Bearer " + SECRET);
        locked.get("/?token=" + ChatRig.TOKEN);
        locked.get("/v1/models?key=" + SECRET);
        assertThat(locked.log).isNotEmpty();
        for (ApiLog.Line line : locked.log) {
            String all = line.method() + " " + line.path() + " " + line.model() + " " + line.status();
            assertThat(all).doesNotContain(SECRET, KEY, ChatRig.TOKEN, "你好");
        }
        assertThat(locked.log)
                .anyMatch(line -> line.status() == 200 && line.model().equals(ChatRig.BASE));
        assertThat(locked.log).anyMatch(line -> line.status() == 401);
    }
}
