package dev.stride.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.server.WebSocketUpgradeHandler;
import org.jspecify.annotations.Nullable;

/** Plays the server of the call page: its files under the real policy, a run that grows, and what a test lets it say. */
final class FakeCallServer implements AutoCloseable {
    static final ObjectMapper JSON = new ObjectMapper();
    static final String TUNED = "chatglm3:first";

    private static final long PATIENCE_MILLIS = 60_000;
    private static final int TOTAL = 189;

    private final Server server = new Server();
    private final ServerConnector connector = new ServerConnector(server, 1, 1);
    private final List<JsonNode> events = new CopyOnWriteArrayList<>();
    private final List<short[]> frames = new CopyOnWriteArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger chartReads = new AtomicInteger();
    private volatile @Nullable Session session;
    private volatile @Nullable String key;
    private volatile int step = 60;
    private volatile boolean engines = true;
    private volatile boolean refusing;
    private volatile List<String> protocols = List.of();

    FakeCallServer() {
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        WebSocketUpgradeHandler sockets = WebSocketUpgradeHandler.from(
                server,
                container -> container.addMapping("/v1/realtime", (request, response, callback) -> {
                    protocols = request.getSubProtocols();
                    boolean known = key == null || protocols.contains("openai-insecure-api-key." + key);
                    if (!known || refusing) {
                        Response.writeError(request, response, callback, known ? 503 : 401);
                        return null;
                    }
                    response.setAcceptedSubProtocol("realtime");
                    return new Ear();
                }));
        sockets.setHandler(new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) throws Exception {
                Answer answer = answer(request);
                response.setStatus(answer.status());
                response.getHeaders().put("Content-Type", answer.type());
                Answer.headers(answer.headers()).forEach(response.getHeaders()::put);
                response.write(true, ByteBuffer.wrap(answer.body()), callback);
                return true;
            }
        });
        server.setHandler(sockets);
        try {
            server.start();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    String address() {
        return "http://127.0.0.1:" + connector.getLocalPort() + "/call/";
    }

    void key(String other) {
        key = other;
    }

    void engines(boolean has) {
        engines = has;
    }

    void refusing(boolean now) {
        refusing = now;
    }

    void step(int other) {
        step = other;
    }

    int chartReads() {
        return chartReads.get();
    }

    int connections() {
        return connections.get();
    }

    List<String> protocols() {
        return protocols;
    }

    /** The microphone's frames so far, each of 320 samples. */
    List<short[]> frames() {
        return List.copyOf(frames);
    }

    List<JsonNode> events(String type) {
        return events.stream()
                .filter(event -> event.path("type").asText().equals(type))
                .toList();
    }

    /** Waits for an event of the page; fails after long patience. */
    JsonNode await(String type, Predicate<JsonNode> which) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE_MILLIS * 1_000_000;
        while (System.nanoTime() < end) {
            for (JsonNode event : events(type)) {
                if (which.test(event)) {
                    return event;
                }
            }
            Thread.sleep(5);
        }
        throw new AssertionError("no such " + type + " came; there were " + events);
    }

    void forget() {
        events.clear();
        frames.clear();
    }

    void say(String type, int turn, String... fields) {
        ObjectNode node = JSON.createObjectNode().put("type", type).put("event_id", "e1");
        if (turn >= 0) {
            node.put("turn", turn);
        }
        for (int i = 0; i < fields.length; i += 2) {
            node.put(fields[i], fields[i + 1]);
        }
        send(node);
    }

    void send(JsonNode node) {
        live().sendText(node.toString(), org.eclipse.jetty.websocket.api.Callback.NOOP);
    }

    /** An answer begins with these words. */
    void answer(int turn, String text) {
        say("response.created", turn);
        say("response.output_audio_transcript.delta", turn, "delta", text);
    }

    void done(int turn, String status) {
        ObjectNode node = JSON.createObjectNode().put("type", "response.done").put("turn", turn);
        node.putObject("response").put("status", status);
        send(node);
    }

    void latency(int turn) {
        send(JSON.createObjectNode()
                .put("type", "stride.latency")
                .put("turn", turn)
                .put("end_of_turn", 320)
                .put("recognition", 90)
                .put("first_text", 140)
                .put("first_piece", 60)
                .put("first_sound", 85)
                .put("all", 695));
    }

    /** A tone in frames of 60 ms. */
    void tone(int turn, int rate, int millis, double hertz) {
        int length = rate * 60 / 1000;
        for (int at = 0; at < rate * millis / 1000; at += length) {
            ByteBuffer frame = ByteBuffer.allocate(8 + length * 2).order(ByteOrder.LITTLE_ENDIAN);
            frame.putInt(turn).putInt(rate);
            for (int i = 0; i < length; i++) {
                frame.putShort((short) (12_000 * Math.sin(2 * Math.PI * hertz * (at + i) / rate)));
            }
            frame.flip();
            live().sendBinary(frame, org.eclipse.jetty.websocket.api.Callback.NOOP);
        }
    }

    /** Ends the connection without a word, as a network does. */
    void cut() {
        live().disconnect();
    }

    private Session live() {
        Session now = session;
        if (now == null) {
            throw new IllegalStateException("nobody calls");
        }
        return now;
    }

    private Answer answer(Request request) throws IOException {
        String path = Request.getPathInContext(request);
        Asset asset = CallFiles.at(path);
        boolean known =
                key == null || ("Bearer " + key).equals(request.getHeaders().get("Authorization"));
        if (asset != null) {
            Answer file = asset.answer();
            return path.equals("/call/")
                    ? file.with(java.util.Map.of("Content-Security-Policy", CallFiles.POLICY))
                    : file;
        }
        if (path.equals("/call/info")) {
            return Answer.json(info(known));
        }
        if (!known) {
            return Answer.error(401, "the key is missing or wrong", java.util.Map.of());
        }
        if (path.equals("/call/chart")) {
            chartReads.incrementAndGet();
            return Answer.json(chart());
        }
        return path.equals("/v1/models")
                ? Answer.json(JSON.createObjectNode())
                : Answer.error(404, "nothing is at " + path, java.util.Map.of());
    }

    private JsonNode info(boolean known) {
        ObjectNode info = JSON.createObjectNode().put("version", "0.1.0").put("can_call", known);
        ArrayNode models = info.putArray("models");
        models.addObject().put("id", "chatglm3").put("base", "chatglm3-6b").put("adapter", "");
        models.addObject()
                .put("id", TUNED)
                .put("base", "chatglm3-6b")
                .put("adapter", "runs/first")
                .putObject("run")
                .put("name", "first")
                .put("peak_lr", 0.01)
                .put("best_step", 126)
                .put("best_metric", "loss")
                .put("best_value", 1.3512);
        info.put("default_model", TUNED).put("greeting", "");
        ArrayNode list = info.putArray("engines");
        if (engines) {
            list.addObject()
                    .put("name", "pocketsphinx")
                    .put("part", "hears")
                    .put("ready", true)
                    .put("where", "/usr/bin/pocketsphinx_continuous");
            list.addObject()
                    .put("name", "kokoro")
                    .put("part", "speaks")
                    .put("ready", true)
                    .put("where", "https://speech.example:8880/v1");
            list.addObject()
                    .put("name", "silero")
                    .put("part", "activity")
                    .put("ready", true)
                    .put("where", "");
            list.addObject()
                    .put("name", "doubao")
                    .put("part", "hears")
                    .put("ready", false)
                    .put("where", "wss://unready.example");
        }
        info.put("server_hears", engines).put("server_speaks", engines);
        ArrayNode voices = info.putArray("voices");
        if (engines) {
            voices.addObject().put("id", "").put("label", "espeak-ng").put("languages", "zh,en");
            voices.addObject().put("id", "xiaoyi").put("label", "小依").put("languages", "zh");
        }
        info.putObject("chart").put(TUNED, "/call/chart?model=chatglm3%3Afirst");
        return info;
    }

    private static double rate(int at) {
        return at <= 19 ? 0.01 * at / 19 : 0.005 * (1 + Math.cos(Math.PI * (at - 19) / (TOTAL - 19.0)));
    }

    private JsonNode chart() {
        int now = step;
        ObjectNode chart = JSON.createObjectNode()
                .put("name", "first")
                .put("running", now < TOTAL)
                .put("total", TOTAL);
        ArrayNode steps = chart.putArray("steps");
        ArrayNode loss = chart.putArray("loss");
        ArrayNode rates = chart.putArray("lr");
        for (int i = 1; i <= now; i++) {
            steps.add(i);
            loss.add(1.3 + 2.1 * Math.exp(-i / 28.0) + 0.07 * Math.sin(i * 1.7) + 0.05 * Math.cos(i * 0.61));
            rates.add(i > 110 ? rate(i) * 0.5 : rate(i));
        }
        ArrayNode evals = chart.putArray("evals");
        for (int at = 42; at <= now; at += 42) {
            evals.addObject().put("step", at).put("loss", 1.36 + 1.9 * Math.exp(-at / 30.0));
        }
        ObjectNode planned = chart.putObject("planned");
        ArrayNode places = planned.putArray("steps");
        ArrayNode plan = planned.putArray("lr");
        for (int i = 1; i <= TOTAL; i += 4) {
            places.add(i);
            plan.add(rate(i));
        }
        ArrayNode verdicts = chart.putArray("verdicts");
        if (now >= 110) {
            verdicts.addObject().put("step", 110).put("action", "reduce").put("reason", "loss rose for 12 steps");
        }
        chart.putArray("facts")
                .add("Peak learning rate 1e-2, warm-up 19 steps, cosine decay.")
                .add("Use 1e-2: the lowest loss of 5 rates tried.");
        chart.putArray("facts_zh").add("峰值学习率 1e-2，预热 19 步，余弦衰减。").add("用 1e-2：试过的 5 个里损失最低。");
        chart.putObject("sweep").put("sentence", "Use 1e-2: the lowest loss of 5 rates tried.");
        return chart;
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new UncheckedIOException(new IOException(e));
        }
    }

    /** One connection: answers the settings, notes everything. Public, as Jetty asks. */
    public final class Ear implements Session.Listener.AutoDemanding {
        @Override
        public void onWebSocketOpen(Session opened) {
            session = opened;
            connections.incrementAndGet();
            say("session.created", -1);
        }

        @Override
        public void onWebSocketText(String text) {
            try {
                JsonNode event = JSON.readTree(text);
                events.add(event);
                if (event.path("type").asText().equals("session.update")) {
                    say("session.updated", -1);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void onWebSocketBinary(ByteBuffer sound, org.eclipse.jetty.websocket.api.Callback callback) {
            short[] samples = new short[sound.remaining() / 2];
            sound.order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(samples);
            frames.add(samples);
            callback.succeed();
        }
    }

    /** The loudest root mean square of a frame. */
    static double loudest(List<short[]> frames) {
        double most = 0;
        for (short[] frame : frames) {
            double sum = 0;
            for (short value : frame) {
                sum += value * (double) value;
            }
            most = Math.max(most, Math.sqrt(sum / frame.length));
        }
        return most;
    }
}
