package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.chat.ChatEnd;
import dev.stride.chat.EngineStatus;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Clients that leave before their answer has ended, and a server that ends before its answers have. */
class ChatLeavingTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final int PATIENCE_SECONDS = 90;

    /** Stands in a stream from the first token on; words may be held back, and the role comes before any of them. */
    static final String TOKEN = "\"logprob\":";

    /** An answer of 2,000 tokens. */
    private static ObjectNode endless(Object... more) {
        return ChatRig.with(
                ChatRig.question(ChatRig.ONE, "说", "temperature", 0, "max_tokens", 2000, "logprobs", true), more);
    }

    /** A client that has sent its question, and can leave at any moment. */
    static final class Leaver implements AutoCloseable {
        final RawClient client;

        Leaver(ChatRig rig, ObjectNode body) throws IOException {
            byte[] bytes = body.toString().getBytes(StandardCharsets.UTF_8);
            Socket socket = new Socket();
            client = new RawClient(
                    socket,
                    rig.port(),
                    "POST " + CHAT,
                    "Content-Type: application/json",
                    "Content-Length: " + bytes.length);
            socket.getOutputStream().write(bytes);
        }

        String until(String word) throws IOException {
            assertThat(client.status()).isEqualTo(200);
            client.headers();
            return client.until(word);
        }

        @Override
        public void close() throws IOException {
            client.close();
        }
    }

    private static ChatRig single() {
        return ChatRig.open(ChatRig.setup().engine(ChatRig.setup().engine().withAnswers(1)));
    }

    private static void allIsFreeAgain(ChatRig rig, int cancelled) throws InterruptedException {
        EngineStatus after = rig.await(status -> status.answering() + status.waiting() == 0
                && status.ended().getOrDefault(ChatEnd.Reason.CANCELLED, 0L) == cancelled);
        assertThat(after.cacheTokensHeld()).isZero();
        assertThat(after.ended().getOrDefault(ChatEnd.Reason.LENGTH, 0L)).isZero();
        rig.isWell();
    }

    @Test
    void client_leavesAStream_andItsAnswerIsCancelled() throws Exception {
        try (ChatRig rig = single()) {
            try (Leaver leaver = new Leaver(rig, endless("stream", true))) {
                leaver.until(TOKEN);
            }
            allIsFreeAgain(rig, 1);
            assertThat(rig.log).anyMatch(line -> line.status() == ApiLog.CLIENT_LEFT);
        }
    }

    @Test
    void client_leavesWhileItWaits_andItsPlaceInTheQueueIsFree() throws Exception {
        try (ChatRig rig = single()) {
            try (Leaver running = new Leaver(rig, endless("stream", true))) {
                running.until(TOKEN);
                for (boolean stream : new boolean[] {true, false}) {
                    try (Leaver waiting = new Leaver(rig, endless("stream", stream))) {
                        rig.await(status -> status.waiting() == 1);
                        if (stream) {
                            waiting.until("assistant");
                        }
                    }
                    rig.await(status -> status.waiting() == 0);
                }
                assertThat(rig.ended(ChatEnd.Reason.CANCELLED)).isEqualTo(2);
                assertThat(rig.engine.status().answering())
                        .as("the first goes on")
                        .isEqualTo(1);
            }
            allIsFreeAgain(rig, 3);
        }
    }

    @Test
    void client_leavesAWholeAnswer_andItIsCancelled() throws Exception {
        try (ChatRig rig = single()) {
            try (Leaver leaver = new Leaver(rig, endless("n", 2))) {
                rig.await(status -> status.answering() == 1 && status.waiting() == 1 && status.passes() > 10);
            }
            allIsFreeAgain(rig, 2);
        }
    }

    @Test
    void whole_thatTakesLong_isStillOneDocument() {
        try (ChatRig rig = single()) {
            HttpResponse<String> response =
                    rig.post(CHAT, endless("max_tokens", 600).toString());
            assertThat(response.body()).as("white space while it is computed").startsWith("  ");
            assertThat(ChatRig.whole(response).at("/usage/completion_tokens").asInt())
                    .isEqualTo(600);
        }
    }

    @Test
    void close_withinTheGrace_answersEndInOrder_andNewOnesGet503() throws Exception {
        ChatRig rig = ChatRig.open();
        try (Leaver running = new Leaver(rig, endless("max_tokens", 400, "stream", true))) {
            running.until(TOKEN);
            CompletableFuture<HttpResponse<String>> whole = CompletableFuture.supplyAsync(
                    () -> rig.post(CHAT, endless("max_tokens", 400).toString()));
            rig.await(status -> status.answering() == 2);
            Thread closing = new Thread(() -> rig.server.close(Duration.ofSeconds(PATIENCE_SECONDS)));
            closing.start();
            HttpResponse<String> health = rig.get("/health");
            while (health.statusCode() == 200) {
                health = rig.get("/health");
            }
            assertThat(health.statusCode()).isEqualTo(503);
            HttpResponse<String> late = rig.post(CHAT, endless().toString());
            while (late.statusCode() == 200) {
                late = rig.post(CHAT, endless("max_tokens", 1).toString());
            }
            assertThat(late.statusCode()).isEqualTo(503);
            assertThat(late.headers().firstValue("Retry-After")).isPresent();
            assertThat(ChatRig.json(late.body()).at("/error/type").asText()).isEqualTo("service_unavailable_error");
            assertThat(running.client.until("[DONE]")).contains("\"finish_reason\":\"length\"");
            assertThat(ChatRig.whole(whole.get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                            .at("/choices/0/finish_reason")
                            .asText())
                    .isEqualTo("length");
            closing.join(PATIENCE_SECONDS * 1000L);
            assertThat(closing.isAlive()).isFalse();
        }
        rig.close();
    }

    @Test
    void close_afterTheGrace_tellsTheRestThatItEnds() throws Exception {
        ChatRig rig = ChatRig.open();
        try (Leaver running = new Leaver(rig, endless("stream", true));
                Leaver whole = new Leaver(rig, endless())) {
            running.until(TOKEN);
            rig.await(status -> status.answering() == 2);
            rig.server.close(Duration.ofMillis(50));
            String rest = running.client.until("\"error\"");
            JsonNode error =
                    ChatRig.json(rest.substring(rest.lastIndexOf("data: ") + 6).strip());
            assertThat(error.at("/error/type").asText()).isEqualTo("service_unavailable_error");
            assertThat(rest).doesNotContain("[DONE]");
            int status = whole.client.status();
            assertThat(status).isIn(200, 503); // 200 where it had begun with white space; then it is broken off
            if (status == 200) {
                whole.client.headers();
                String chunk = "";
                while (chunk != null && !chunk.contains("{")) {
                    chunk = whole.client.chunk();
                    assertThat(chunk).as("never looks whole").isNotEqualTo("");
                }
                assertThat(chunk).isNull();
            }
        }
        assertThat(rig.log)
                .filteredOn(line ->
                        line.ends().stream().map(ChatEnd::reason).toList().equals(List.of(ChatEnd.Reason.CLOSED)))
                .hasSize(2);
    }
}
