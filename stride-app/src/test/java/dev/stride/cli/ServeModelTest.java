package dev.stride.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.Child;
import dev.stride.SharedFolder;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** {@code stride serve --model} as a process: what it prints, and how it ends. */
class ServeModelTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final Path MODEL = SharedFolder.projectRoot().resolve("samples/model");

    @TempDir
    Path temp;

    private static HttpRequest chat(JsonNode started, String key, int tokens) {
        String body = "{\"model\":\"model\",\"stream\":true,\"max_tokens\":" + tokens
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"a-secret-question\"}]}";
        return HttpRequest.newBuilder(URI.create(started.path("base_url").asText() + "/chat/completions"))
                .header("Content-Type", "application/json")
                .header("Authorization", "Bearer " + key)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "signals are sent by kill")
    void sigterm_letsTheAnswerEnd_andNothingSecretIsPrinted() throws Exception {
        Path log = temp.resolve("serve");
        Process process = Child.start(
                log,
                List.of(),
                Main.class,
                List.of(
                        "serve",
                        "--model",
                        MODEL.toString(),
                        "--port",
                        "0",
                        "--json",
                        "--api-key",
                        "sk-printed-nowhere"));
        Path out = temp.resolve("serve.out");
        while (!Files.readString(out).strip().endsWith("}")) {
            assertThat(process.isAlive())
                    .as(Files.readString(temp.resolve("serve.err")))
                    .isTrue();
            Thread.sleep(50);
        }
        JsonNode started = Json.mapper().readTree(Files.readString(out));
        assertThat(started.path("models").get(0).asText()).isEqualTo("model");
        assertThat(CLIENT.send(chat(started, "wrong", 2), BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(401);
        HttpResponse<java.io.InputStream> answer =
                CLIENT.send(chat(started, "sk-printed-nowhere", 1500), BodyHandlers.ofInputStream());
        assertThat(answer.statusCode()).isEqualTo(200);
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
            assertThat(lines.readLine()).startsWith("data: ");
            process.destroy();
            assertThat(lines.lines()).contains("data: [DONE]");
        }
        Child.Ended ended = Child.await(process, log);
        assertThat(ended.status()).as(ended.err()).isZero();
        assertThat(ended.err())
                .contains("POST /v1/chat/completions 200  model", "POST /v1/chat/completions 401", "no new requests")
                .doesNotContain("a-secret-question", "sk-printed-nowhere", "\tat ");
    }
}
