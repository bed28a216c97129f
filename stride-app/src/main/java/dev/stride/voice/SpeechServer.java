package dev.stride.voice;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * A server of speech that speaks OpenAI's paths.
 *
 * @param base its address up to and with {@code /v1}
 * @param key sent as a bearer token unless empty
 * @param model the model to name; many servers refuse an unknown one
 * @param voice the voice to name; for hearing not used
 * @param language two letters that help the recognizer; empty to let it guess
 * @param format the form of speech to ask for: {@code pcm} falls back to {@code wav} when the server refuses it
 * @param rate samples a second of {@code pcm}, which has no header; 24,000 by convention
 */
public record SpeechServer(URI base, Secret key, String model, String voice, String language, String format, int rate) {
    static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int SHOWN = 300;

    HttpRequest.Builder request(String path) {
        String start = base.toString().replaceAll("/+$", "");
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(start + path)).timeout(PATIENCE);
        if (!key.isEmpty()) {
            request.header("Authorization", "Bearer " + key.reveal());
        }
        return request;
    }

    /** What a refusal says, short and without the key. */
    String refusal(int status, byte[] body) {
        String text = new String(body, StandardCharsets.UTF_8).strip().replaceAll("\\s+", " ");
        String shown = key.hideIn(text);
        return base.getHost() + " answered with status " + status + ": "
                + (shown.length() > SHOWN ? shown.substring(0, SHOWN) + " ..." : shown);
    }

    /** Sends a request and waits for the head of its answer; {@code stop} breaks it off, also while the body is read. */
    static HttpResponse<InputStream> send(HttpClient client, HttpRequest request, PieceSession.Stop stop)
            throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<InputStream>> answer =
                client.sendAsync(request, HttpResponse.BodyHandlers.ofInputStream());
        stop.by(() -> answer.cancel(true));
        try {
            HttpResponse<InputStream> response = answer.get();
            InputStream body = response.body();
            stop.by(() -> close(body));
            return response;
        } catch (CancellationException e) {
            throw new IOException("it was broken off", e);
        } catch (ExecutionException e) {
            throw new IOException(
                    request.uri().getHost() + ":" + request.uri().getPort() + " cannot be reached: "
                            + reason(e.getCause() == null ? e : e.getCause()),
                    e);
        }
    }

    static String reason(Throwable cause) {
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }

    private static void close(InputStream body) {
        try {
            body.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
