package dev.stride.voice;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Speech of a server with OpenAI's {@code /audio/speech}, one request for each piece. It asks for headerless samples first
 * and, where the server refuses those, for WAV from then on; an answer that begins with a WAV header is read as one whatever
 * was asked for. A cancel closes the answer.
 */
final class ServerSpeaker implements Speaker {
    private static final int CHUNK = 4_096;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final SpeechServer server;
    private final HttpClient client;
    private final Executor threads;
    private volatile String format;

    ServerSpeaker(SpeechServer server, HttpClient client, Executor threads) {
        this.server = server;
        this.client = client;
        this.threads = threads;
        format = server.format();
    }

    @Override
    public String name() {
        return "speech server";
    }

    @Override
    public List<Voice> voices() {
        return Arrays.stream(server.voice().split(","))
                .map(String::strip)
                .map(voice -> new Voice(voice, voice, server.language().isEmpty() ? "zh,en" : server.language()))
                .toList();
    }

    @Override
    public Session open(String wish, Listener listener) {
        String voice = wish.isEmpty() ? voices().get(0).id() : wish;
        return new PieceSession(name(), (text, sound, stop) -> speak(voice, text, sound, stop), listener, threads);
    }

    @Override
    public void close() {}

    private void speak(String voice, String text, Consumer<Pcm> sound, PieceSession.Stop stop)
            throws IOException, InterruptedException {
        HttpResponse<InputStream> response = SpeechServer.send(client, request(voice, text), stop);
        boolean refused = List.of(400, 415, 422).contains(response.statusCode());
        if (refused && format.equals("pcm")) {
            byte[] first = response.body().readNBytes(4_096);
            format = "wav";
            response = SpeechServer.send(client, request(voice, text), stop);
            if (response.statusCode() / 100 != 2) {
                // the refusal was not about the form of the sound, so the next piece may try it again
                format = "pcm";
                throw new IOException(server.refusal(response.statusCode(), first));
            }
        }
        try (InputStream body = response.body()) {
            if (response.statusCode() / 100 != 2) {
                throw new IOException(server.refusal(response.statusCode(), body.readNBytes(4_096)));
            }
            read(body, sound);
        }
    }

    private HttpRequest request(String voice, String text) {
        ObjectNode wish = JSON.createObjectNode()
                .put("model", server.model())
                .put("input", text)
                .put("voice", voice)
                .put("response_format", format)
                .put("stream", true);
        return server.request("/audio/speech")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(wish.toString()))
                .build();
    }

    private void read(InputStream body, Consumer<Pcm> sound) throws IOException {
        byte[] start = body.readNBytes(4);
        if (start.length == 0) {
            throw new IOException(server.base().getHost() + " answered without sound");
        }
        if (start[0] == 'I' && start[1] == 'D' && start[2] == '3' || start[0] == 'O' && start[1] == 'g') {
            throw new IOException(server.base().getHost() + " answers with MP3 or Ogg whatever it is asked for;"
                    + " a server is needed that can give pcm or wav");
        }
        WavReader wav = WavReader.looksLike(start) ? new WavReader() : null;
        SampleBytes plain = new SampleBytes();
        for (byte[] next = start; next.length > 0; next = some(body)) {
            if (wav != null) {
                emit(wav.feed(next), wav.rate(), sound);
            } else {
                emit(plain.take(next), server.rate(), sound);
            }
        }
    }

    /** What there is, at most a chunk; empty at the end. */
    private static byte[] some(InputStream body) throws IOException {
        byte[] buffer = new byte[CHUNK];
        int count = body.read(buffer);
        return Arrays.copyOf(buffer, Math.max(0, count));
    }

    private static void emit(short[] samples, int rate, Consumer<Pcm> sound) {
        if (samples.length > 0) {
            sound.accept(new Pcm(samples, rate));
        }
    }
}
