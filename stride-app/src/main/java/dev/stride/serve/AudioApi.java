package dev.stride.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.voice.EngineFailure;
import dev.stride.voice.Pcm;
import dev.stride.voice.Recognizer;
import dev.stride.voice.Resampler;
import dev.stride.voice.Speaker;
import dev.stride.voice.VoiceEngines;
import dev.stride.voice.WavReader;
import dev.stride.voice.WavWriter;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.http.MultiPartFormData;
import org.eclipse.jetty.io.Content;
import org.jspecify.annotations.Nullable;

/** OpenAI's {@code /v1/audio/transcriptions} and {@code /v1/audio/speech}, by the engines that are ready. */
final class AudioApi {
    static final String TRANSCRIPTIONS = "/v1/audio/transcriptions";
    static final String SPEECH = "/v1/audio/speech";

    /** The longest file, in bytes, as OpenAI has it. */
    static final int MOST_BYTES = 25 << 20;

    private static final int MOST_TEXT = 4096;
    private static final int SPEECH_RATE = 24_000;
    private static final long PATIENCE_SECONDS = 600;
    private static final int STEP = Pcm.SPEECH_RATE; // samples that are handed on at a time
    private static final Set<String> TEXT_FORMATS = Set.of("json", "text", "verbose_json");

    private final VoiceEngines voices;

    AudioApi(VoiceEngines voices) {
        this.voices = voices;
    }

    boolean isAt(String path) {
        return path.equals(TRANSCRIPTIONS) || path.equals(SPEECH);
    }

    void answer(String path, Request request, Reply reply) throws IOException, Wrong {
        if (!request.method().equals("POST")) {
            throw Wrong.method("this address only takes sound or text", "POST");
        }
        try {
            if (path.equals(SPEECH)) {
                speak(request.object("a request", ChatSettings.MAX_BODY), reply);
            } else {
                transcribe(request, reply);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the server ends");
        }
    }

    private void transcribe(Request request, Reply reply) throws IOException, Wrong, InterruptedException {
        byte[] body = request.bytes("a file", MOST_BYTES);
        Map<String, byte[]> form = form(request.header("Content-Type"), body);
        byte @Nullable [] file = form.get("file");
        if (file == null) {
            throw wrong("file", "file: nothing; allowed: a WAV file of 16-bit samples");
        }
        String format = word(form, "response_format", "json");
        if (!TEXT_FORMATS.contains(format)) {
            throw wrong("response_format", "response_format: " + format + "; allowed: json, text, verbose_json");
        }
        if (word(form, "stream", "false").equals("true")) {
            throw wrong("stream", "stream: true; allowed: false: the text comes when it is whole");
        }
        Pcm sound;
        try {
            sound = WavReader.read(file).at(Pcm.SPEECH_RATE);
        } catch (UncheckedIOException | IllegalArgumentException e) {
            throw wrong("file", "file: " + e.getMessage() + "; allowed: a WAV file of 16-bit samples");
        }
        String text = text(sound);
        if (format.equals("text")) {
            reply.send(Answer.of("text/plain; charset=utf-8", text + "\n"));
            return;
        }
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        if (format.equals("verbose_json")) {
            node.put("task", "transcribe")
                    .put("language", word(form, "language", ""))
                    .put("duration", sound.millis() / 1_000);
            node.putArray("segments");
        }
        reply.send(Answer.json(node.put("text", text)));
    }

    private String text(Pcm sound) throws Wrong, InterruptedException {
        String failure = "no engine that hears is ready on this machine: stride doctor says why";
        for (Recognizer recognizer : voices.recognizers()) {
            CompletableFuture<String> result = new CompletableFuture<>();
            Recognizer.Session session = recognizer.open(new Recognizer.Listener() {
                @Override
                public void partial(String text) {
                    // only the whole is asked for
                }

                @Override
                public void result(String text) {
                    result.complete(text);
                }

                @Override
                public void failed(EngineFailure cause) {
                    result.completeExceptionally(new IOException(cause.message()));
                }
            });
            short[] all = sound.samples();
            for (int at = 0; at < all.length; at += STEP) {
                session.feed(java.util.Arrays.copyOfRange(all, at, Math.min(all.length, at + STEP)));
            }
            session.finish();
            try {
                return result.get(PATIENCE_SECONDS, TimeUnit.SECONDS).strip();
            } catch (ExecutionException | TimeoutException e) {
                session.cancel();
                failure = recognizer.name() + ": "
                        + (e.getCause() == null ? "no text came" : e.getCause().getMessage());
            }
        }
        throw new Wrong(503, failure, Map.of(), "", "no_engine");
    }

    private void speak(JsonNode body, Reply reply) throws IOException, Wrong, InterruptedException {
        ApiFields fields = new ApiFields(
                body,
                Set.of("model", "input", "voice", "response_format"),
                Set.of("stream"), // it always comes as it is spoken
                Map.of(
                        "instructions", Set.of("\"\""),
                        "speed", Set.of("1", "1.0"),
                        "stream_format", Set.of("\"audio\"")));
        String input = fields.text("input");
        String format = fields.isNull("response_format") ? "mp3" : fields.text("response_format");
        if (!format.equals("pcm") && !format.equals("wav")) {
            fields.problem(
                    "response_format",
                    format + (fields.isNull("response_format") ? " (OpenAI's default)" : ""),
                    "pcm or wav: there is no encoder for others here");
        }
        if (input.isBlank() || input.codePointCount(0, input.length()) > MOST_TEXT) {
            fields.problem("input", input.codePointCount(0, input.length()) + " characters", "1 to " + MOST_TEXT);
        }
        fields.check();
        if (voices.speakers().isEmpty()) {
            throw new Wrong(
                    503,
                    "no engine that speaks is ready on this machine: stride doctor says why",
                    Map.of(),
                    "",
                    "no_engine");
        }
        Speaker speaker = voices.speakers().get(0);
        BlockingQueue<Pcm> sound = new LinkedBlockingQueue<>();
        CompletableFuture<String> end = new CompletableFuture<>(); // the failure, empty for none
        Pcm last = new Pcm(new short[0], SPEECH_RATE);
        Speaker.Session session = speaker.open(fields.get("voice").asText(""), new Speaker.Listener() {
            @Override
            public void sound(int piece, Pcm chunk) {
                sound.add(chunk);
            }

            @Override
            public void done() {
                end.complete("");
                sound.add(last);
            }

            @Override
            public void failed(EngineFailure failure) {
                end.complete(failure.message());
                sound.add(last);
            }
        });
        try {
            session.say(0, input);
            session.finish();
            write(sound, last, end, format.equals("wav"), reply);
        } finally {
            session.cancel();
        }
    }

    private static void write(
            BlockingQueue<Pcm> sound, Pcm last, CompletableFuture<String> end, boolean wav, Reply reply)
            throws IOException, Wrong, InterruptedException {
        @Nullable OutputStream out = null;
        @Nullable Resampler resampler = null;
        while (true) {
            Pcm chunk = sound.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (chunk == null || chunk == last) {
                String failure = chunk == null ? "no sound came" : end.join();
                if (!failure.isEmpty()) {
                    if (out == null) {
                        throw new Wrong(503, failure, Map.of(), "", "engine_failed");
                    }
                    throw new IOException(failure); // an answer that is not whole must not look as if it were
                }
                break;
            }
            if (out == null) {
                out = reply.begin(200, wav ? "audio/wav" : "audio/pcm", Map.of());
                if (wav) {
                    out.write(WavWriter.streamHeader(SPEECH_RATE));
                }
                resampler = new Resampler(chunk.rate(), SPEECH_RATE);
            }
            if (resampler != null) {
                out.write(new Pcm(resampler.feed(chunk.samples()), SPEECH_RATE).toBytes());
                out.flush();
            }
        }
        if (out == null) {
            out = reply.begin(200, wav ? "audio/wav" : "audio/pcm", Map.of());
        } else if (resampler != null) {
            out.write(new Pcm(resampler.finish(), SPEECH_RATE).toBytes());
        }
        out.flush();
    }

    private static Map<String, byte[]> form(@Nullable String type, byte[] body) throws Wrong {
        String boundary = type == null ? null : MultiPart.extractBoundary(type);
        if (boundary == null || type == null || !type.startsWith("multipart/form-data")) {
            throw new Wrong(415, "a file is sent as multipart/form-data");
        }
        MultiPartFormData.Parser parser = new MultiPartFormData.Parser(boundary);
        parser.setMaxMemoryFileSize(-1);
        parser.setMaxLength(MOST_BYTES);
        Map<String, byte[]> form = new HashMap<>();
        try (MultiPartFormData.Parts parts =
                parser.parse(Content.Source.from(ByteBuffer.wrap(body))).join()) {
            for (MultiPart.Part part : parts) {
                form.put(
                        String.valueOf(part.getName()),
                        Content.Source.asByteArrayAsync(part.getContentSource(), MOST_BYTES)
                                .join());
            }
            return form;
        } catch (RuntimeException e) {
            throw new Wrong(400, "this form cannot be read");
        }
    }

    private static String word(Map<String, byte[]> form, String key, String ifAbsent) {
        byte @Nullable [] value = form.get(key);
        return value == null ? ifAbsent : new String(value, StandardCharsets.UTF_8).strip();
    }

    private static Wrong wrong(String param, String message) {
        return new Wrong(400, message, Map.of(), param, "invalid_value");
    }
}
