package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The chat endpoint as the CustomLLM of a vendor's real-time call: what that sends, and what it takes. */
class CustomLlmTest {
    /** The keys as documented, both spellings of the length, and keys of a user's own merged in. */
    private static ObjectNode request() {
        ObjectNode body = ChatRig.JSON.createObjectNode().put("model", ChatRig.BASE);
        body.putArray("messages")
                .add(ChatRig.JSON.createObjectNode().put("role", "system").put("content", "你是客服。"))
                .add(ChatRig.JSON.createObjectNode().put("role", "user").put("content", "毛衣能退吗？"));
        return body.put("stream", true)
                .put("temperature", 0.1)
                .put("top_p", 0.3)
                .put("maxTokens", 16)
                .put("round_id", 3)
                .put("device_id", "d-1");
    }

    @Test
    void requestOfTheCall_isAnsweredAsAStream_whereUnknownKeysArePassedOver() {
        try (ChatRig rig = ChatRig.open(ChatRig.setup().keys("sk-call").lenient())) {
            HttpResponse<String> answer =
                    rig.post("/v1/chat/completions", request().toString(), "Authorization", "Bearer sk-call");
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(answer.headers().firstValue("content-type").orElse("")).startsWith("text/event-stream");
            List<JsonNode> chunks = ChatRig.events(answer.body());
            String id = chunks.get(0).path("id").asText();
            long created = chunks.get(0).path("created").asLong();
            assertThat(chunks).allSatisfy(chunk -> {
                assertThat(chunk.path("object").asText()).isEqualTo("chat.completion.chunk");
                assertThat(chunk.path("id").asText()).isEqualTo(id);
                assertThat(chunk.path("created").asLong()).isEqualTo(created);
                assertThat(chunk.path("model").asText()).isEqualTo(ChatRig.BASE);
            });
            assertThat(chunks.get(0)
                            .path("choices")
                            .path(0)
                            .path("delta")
                            .path("role")
                            .asText())
                    .isEqualTo("assistant");
            assertThat(chunks.get(chunks.size() - 1)
                            .path("choices")
                            .path(0)
                            .path("finish_reason")
                            .asText())
                    .isIn("stop", "length");
            assertThat(answer.body().strip()).endsWith("data: [DONE]");
            assertThat(ChatRig.words(chunks, 0)).doesNotContain("<|");
            assertThat(rig.post("/v1/chat/completions", request().toString()).statusCode())
                    .isEqualTo(401);
        }
    }

    @Test
    void otherServers_refuseTheCallsOwnKeys() {
        try (ChatRig rig = ChatRig.open()) {
            HttpResponse<String> answer =
                    rig.post("/v1/chat/completions", request().toString());
            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(answer.body()).contains("maxTokens", "round_id", "device_id");
        }
    }
}
