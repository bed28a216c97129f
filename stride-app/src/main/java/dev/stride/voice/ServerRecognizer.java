package dev.stride.voice;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Recognition by a server with OpenAI's {@code /audio/transcriptions}: a turn is sent as one WAV file when it is over, so
 * there are no partial texts. A cancel closes the request.
 */
final class ServerRecognizer implements Recognizer {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** What is shorter than this is not worth a request; some servers fail on it. */
    private static final int SHORTEST = Pcm.SPEECH_RATE / 10;

    private final SpeechServer server;
    private final HttpClient client;

    ServerRecognizer(SpeechServer server, HttpClient client) {
        this.server = server;
        this.client = client;
    }

    @Override
    public String name() {
        return "speech server";
    }

    @Override
    public boolean marksSentences() {
        return false;
    }

    @Override
    public Session open(Listener listener) {
        return new Turn(new OneResult(listener));
    }

    @Override
    public void close() {}

    private final class Turn implements Session {
        private final OneResult listener;
        private final TurnSound sound = new TurnSound();
        private @Nullable CompletableFuture<HttpResponse<byte[]>> answer;

        Turn(OneResult listener) {
            this.listener = listener;
        }

        @Override
        public void feed(short[] samples) {
            if (!listener.isOver()) {
                sound.add(samples);
            }
        }

        @Override
        public void finish() {
            if (listener.isOver() || answer != null) {
                return;
            }
            if (sound.length() < SHORTEST) {
                listener.result("");
                return;
            }
            answer = client.sendAsync(request(sound.take()), HttpResponse.BodyHandlers.ofByteArray());
            answer.whenComplete(this::take);
        }

        @Override
        public void cancel() {
            listener.cancel();
            if (answer != null) {
                answer.cancel(true);
            }
        }

        private void take(@Nullable HttpResponse<byte[]> response, @Nullable Throwable problem) {
            if (response == null) {
                Throwable cause = problem instanceof CompletionException && problem.getCause() != null
                        ? problem.getCause()
                        : problem;
                fail(server.base().getHost() + " cannot be reached: "
                        + (cause == null ? "no answer" : SpeechServer.reason(cause)));
                return;
            }
            if (response.statusCode() / 100 != 2) {
                fail(server.refusal(response.statusCode(), response.body()));
                return;
            }
            try {
                JsonNode text = JSON.readTree(response.body()).path("text");
                if (text.isTextual()) {
                    listener.result(text.asText().strip());
                } else {
                    fail(server.refusal(response.statusCode(), response.body()));
                }
            } catch (JsonProcessingException e) {
                // asked for json; some answer with the bare text all the same
                listener.result(new String(response.body(), StandardCharsets.UTF_8).strip());
            } catch (java.io.IOException e) {
                fail(SpeechServer.reason(e));
            }
        }

        private void fail(String message) {
            listener.failed(new EngineFailure(name(), name() + ": " + message, true));
        }
    }

    private HttpRequest request(Pcm turn) {
        String boundary = "stride-" + UUID.randomUUID();
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        field(body, boundary, "model", server.model());
        field(body, boundary, "response_format", "json");
        if (!server.language().isEmpty()) {
            field(body, boundary, "language", server.language());
        }
        body.writeBytes(
                ("--" + boundary + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"turn.wav\"\r\n"
                                + "Content-Type: audio/wav\r\n\r\n")
                        .getBytes(StandardCharsets.UTF_8));
        body.writeBytes(WavWriter.file(turn));
        body.writeBytes(("\r\n--" + boundary + "--\r\n").getBytes(StandardCharsets.UTF_8));
        return server.request("/audio/transcriptions")
                .header("Content-Type", "multipart/form-data; boundary=" + boundary)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteArray()))
                .build();
    }

    private static void field(ByteArrayOutputStream body, String boundary, String name, String value) {
        body.writeBytes(
                ("--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n")
                        .getBytes(StandardCharsets.UTF_8));
    }
}
