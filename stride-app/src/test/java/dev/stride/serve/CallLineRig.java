package dev.stride.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A client of {@code /v1/realtime} that keeps all that it was told. */
final class CallLineRig implements WebSocket.Listener, AutoCloseable {
    /** When an event came, in nanoseconds; put into it. */
    static final String CAME = "came";

    private static final long PATIENCE_SECONDS = 60;

    private final BlockingQueue<JsonNode> news = new LinkedBlockingQueue<>();
    private final List<JsonNode> told = new ArrayList<>();
    private final BlockingQueue<byte[]> sounds = new LinkedBlockingQueue<>();
    private final StringBuilder text = new StringBuilder();
    private final WebSocket socket;
    private volatile String ended = "";

    private CallLineRig(URI address, String[] headers, String... protocols) {
        WebSocket.Builder builder = HttpClient.newHttpClient().newWebSocketBuilder();
        for (int i = 0; i < headers.length; i += 2) {
            builder.header(headers[i], headers[i + 1]);
        }
        if (protocols.length > 0) {
            builder.subprotocols(protocols[0], java.util.Arrays.copyOfRange(protocols, 1, protocols.length));
        }
        socket = builder.buildAsync(address, this).join();
    }

    static CallLineRig open(ChatRig rig, String model, String... headers) {
        return new CallLineRig(address(rig, model), headers);
    }

    static CallLineRig withProtocols(ChatRig rig, String model, String... protocols) {
        return new CallLineRig(address(rig, model), new String[0], protocols);
    }

    /** The status with which a line is refused. */
    static int refusal(ChatRig rig, String model, String... headers) {
        try (CallLineRig line = open(rig, model, headers)) {
            throw new AssertionError("the line was opened");
        } catch (CompletionException e) {
            if (e.getCause() instanceof WebSocketHandshakeException refused) {
                return refused.getResponse().statusCode();
            }
            throw e;
        }
    }

    private static URI address(ChatRig rig, String model) {
        return URI.create("ws://127.0.0.1:" + rig.port() + "/v1/realtime?model=" + model.replace(":", "%3A"));
    }

    void send(ObjectNode event) {
        socket.sendText(event.toString(), true).join();
    }

    void send(String type, Object... more) {
        send(ChatRig.with(ChatRig.JSON.createObjectNode().put("type", type), more));
    }

    void raw(String message) {
        socket.sendText(message, true).join();
    }

    void sound(byte[] bytes) {
        socket.sendBinary(ByteBuffer.wrap(bytes), true).join();
    }

    /** The next event of a type; those before it are kept. */
    JsonNode next(String type) throws InterruptedException {
        while (true) {
            JsonNode event = news.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (event == null) {
                throw new AssertionError("no " + type + " came; there were " + types());
            }
            told.add(event);
            if (event.path("type").asText().equals(type)) {
                return event;
            }
        }
    }

    /** What came and was not taken. */
    List<JsonNode> take() {
        List<JsonNode> some = new ArrayList<>();
        news.drainTo(some);
        return some;
    }

    /** The types of all events that were taken, in their order. */
    List<String> types() {
        return told.stream().map(event -> event.path("type").asText()).toList();
    }

    /** The events of a type that were taken. */
    List<JsonNode> all(String type) {
        return told.stream()
                .filter(event -> event.path("type").asText().equals(type))
                .toList();
    }

    BlockingQueue<byte[]> sounds() {
        return sounds;
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket line, CharSequence data, boolean last) {
        text.append(data);
        if (last) {
            news.add(ChatRig.with((ObjectNode) ChatRig.json(text.toString()), CAME, System.nanoTime()));
            text.setLength(0);
        }
        line.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket line, ByteBuffer data, boolean last) {
        byte[] bytes = new byte[data.remaining()];
        data.get(bytes);
        sounds.add(bytes);
        line.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket line, int status, String reason) {
        ended = status + " " + reason;
        return null;
    }

    @Override
    public void onError(WebSocket line, Throwable error) {
        ended = error.toString();
    }

    /** Why the line was closed; empty while it is open. */
    String ended() {
        return ended;
    }

    @Override
    public void close() {
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "")
                .exceptionally(gone -> null)
                .join();
    }
}
