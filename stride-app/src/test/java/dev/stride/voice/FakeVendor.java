package dev.stride.voice;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.server.WebSocketUpgradeHandler;

/**
 * A vendor of speech on this machine, built from the documented frames: Doubao's recognition, speech and dialogue, FunASR's
 * websocket, and a server with OpenAI's paths. Its moods play what the documents leave open and what goes wrong.
 */
final class FakeVendor implements AutoCloseable {
    /** How it behaves. */
    enum Mood {
        /** Answers without the connection's id before the payload. */
        NO_CONNECT_ID,
        /** Compresses its answers. */
        ZIPS,
        /** Takes 300 ms for each answer. */
        SLOW,
        /** Drops the line in the middle. */
        DIES,
        /** Refuses the connection. */
        REFUSES,
        /** Answers the first request with an error. */
        ERROR,
        /** Speaks, but without a sound. */
        SILENT,
        /** Gives no text with its sentences. */
        NO_SENTENCE_TEXT,
        /** Sends sound of an older session between. */
        STALE_SOUND,
        /** Numbers its answers. */
        NUMBERS,
        /** Closes behind the last packet without marking its last answer. */
        NO_LAST,
        /** Knows WAV alone. */
        WAV_ONLY,
        /** Sends WAV whatever was asked for. */
        WAV_ALWAYS,
        /** Answers as text instead of JSON. */
        BARE_TEXT,
        /** Answers with MP3. */
        MP3,
        /** In a dialogue, goes on sending its own answer after our text began. */
        LATE_DEFAULT,
        /** In a dialogue, takes our text only after a spoken turn. */
        NEEDS_TURN
    }

    static final String KEY = "sk-very-secret-0123456789";
    static final ObjectMapper JSON = new ObjectMapper();

    final Set<Mood> moods = ConcurrentHashMap.newKeySet();
    /** What was asked, one line each. */
    final List<String> log = new CopyOnWriteArrayList<>();
    /** Bytes of sound that came in. */
    final List<Integer> sound = new CopyOnWriteArrayList<>();

    private final Server server = new Server();
    private final ServerConnector connector = new ServerConnector(server, 1, 1);

    FakeVendor(Mood... moods) throws Exception {
        this.moods.addAll(List.of(moods));
        connector.setHost("127.0.0.1");
        connector.setPort(0);
        server.addConnector(connector);
        WebSocketUpgradeHandler sockets = WebSocketUpgradeHandler.from(server, container -> {
            container.setMaxBinaryMessageSize(1 << 20);
            container.addMapping(DoubaoRecognizer.PATH, (request, response, callback) -> {
                return upgrade(request, response, callback) ? new FakeRecognition(this) : null;
            });
            container.addMapping(DoubaoSpeaker.PATH, (request, response, callback) -> {
                return upgrade(request, response, callback) ? new FakeSpeech(this) : null;
            });
            container.addMapping(DoubaoDialogue.PATH, (request, response, callback) -> {
                return upgrade(request, response, callback) ? new FakeDialogue(this) : null;
            });
            container.addMapping("/funasr", (request, response, callback) -> {
                return upgrade(request, response, callback) ? new FakeFunAsr(this) : null;
            });
        });
        sockets.setHandler(new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) throws Exception {
                return http(request, response, callback);
            }
        });
        server.setHandler(sockets);
        server.start();
    }

    URI web() {
        return URI.create("http://127.0.0.1:" + connector.getLocalPort());
    }

    URI socket(String path) {
        return URI.create("ws://127.0.0.1:" + connector.getLocalPort() + path);
    }

    Doubao doubao() {
        return new Doubao(
                socket(""), new Secret("APP_ID", "app-4711"), new Secret("TOKEN", KEY), new Secret("API_KEY", ""));
    }

    boolean is(Mood mood) {
        return moods.contains(mood);
    }

    void pause() {
        if (is(Mood.SLOW)) {
            try {
                Thread.sleep(300);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Sends a frame, as its moods make it. */
    void send(Session session, DoubaoFrame frame) {
        pause();
        DoubaoFrame zipped = new DoubaoFrame(
                frame.type(),
                frame.flags(),
                frame.isJson(),
                is(Mood.ZIPS),
                frame.code(),
                frame.sequence(),
                frame.event(),
                frame.id(),
                frame.payload());
        session.sendBinary(ByteBuffer.wrap(zipped.encode()), org.eclipse.jetty.websocket.api.Callback.NOOP);
    }

    /** Sound for a text: a tone of 50 ms for each character. */
    static byte[] tone(String text, int rate) {
        return Tones.tone(440, rate, 0.05 * text.length(), 8_000).toBytes();
    }

    /** Drops all lines, as a cable that is pulled. */
    void dropLines() {
        connector.getConnectedEndPoints().forEach(org.eclipse.jetty.io.EndPoint::close);
    }

    private boolean upgrade(
            org.eclipse.jetty.websocket.server.ServerUpgradeRequest request,
            org.eclipse.jetty.websocket.server.ServerUpgradeResponse response,
            Callback callback) {
        log.add("open " + request.getHttpURI().getPath() + " "
                + request.getHeaders().get("X-Api-App-Key") + " "
                + request.getHeaders().get("X-Api-Access-Key") + " "
                + request.getHeaders().get("X-Api-Resource-Id"));
        if (is(Mood.REFUSES)) {
            response.getHeaders().put("X-Tt-Logid", "trace-77");
            Response.writeError(request, response, callback, 403, "no access for " + KEY);
            return false;
        }
        return true;
    }

    private boolean http(Request request, Response response, Callback callback) throws IOException {
        String path = request.getHttpURI().getPath();
        byte[] body = Content.Source.asInputStream(request).readAllBytes();
        log.add(path + " " + request.getHeaders().get(HttpHeader.AUTHORIZATION));
        pause();
        if (is(Mood.ERROR)) {
            Response.writeError(request, response, callback, 500, "no luck with key " + KEY);
            return true;
        }
        if (path.endsWith("/audio/transcriptions")) {
            transcribe(body, response, callback);
        } else if (path.endsWith("/audio/speech")) {
            speak(JSON.readTree(body), request, response, callback);
        } else {
            Response.writeError(request, response, callback, 404);
        }
        return true;
    }

    private void transcribe(byte[] body, Response response, Callback callback) {
        String form = new String(body, StandardCharsets.ISO_8859_1);
        int start = form.indexOf("RIFF");
        int end = form.lastIndexOf("\r\n--stride-");
        Pcm sent = WavReader.read(java.util.Arrays.copyOfRange(body, start, end));
        sound.add(sent.samples().length);
        log.add(form.substring(0, start).replaceAll("--stride-\\S+", "").replaceAll("\\s+", " "));
        String text = is(Mood.BARE_TEXT) ? "你好，世界。" : "{\"text\":\" 你好，世界。\",\"language\":\"zh\"}";
        Content.Sink.write(response, true, text, callback);
    }

    private void speak(JsonNode wish, Request request, Response response, Callback callback) throws IOException {
        String format = wish.path("response_format").asText();
        log.add(wish.toString());
        if (is(Mood.WAV_ONLY) && !format.equals("wav")) {
            Response.writeError(request, response, callback, 400, "response_format must be wav");
            return;
        }
        if (is(Mood.MP3)) {
            Content.Sink.write(response, true, "ID3 and the rest", callback);
            return;
        }
        boolean wav = format.equals("wav") || is(Mood.WAV_ALWAYS);
        try (java.io.OutputStream out = Content.Sink.asOutputStream(response)) {
            if (wav) {
                out.write(WavWriter.streamHeader(22_050));
            }
            byte[] tone = tone(wish.path("input").asText(), wav ? 22_050 : 24_000);
            for (int at = 0; at < tone.length; at += 333) {
                if (is(Mood.DIES) && at > tone.length / 2) {
                    dropLines();
                    return;
                }
                out.write(tone, at, Math.min(333, tone.length - at));
                if (is(Mood.SLOW)) {
                    out.flush();
                    Thread.sleep(20);
                }
            }
            callback.succeeded();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            callback.failed(e);
        } catch (IOException e) {
            log.add("broken off");
            callback.failed(e);
        }
    }

    @Override
    public void close() throws Exception {
        server.stop();
    }
}
