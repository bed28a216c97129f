package dev.stride.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Plays the server of the chat page: its files under the real policy, and scripted answers. */
final class FakeChatServer implements AutoCloseable {
    static final ObjectMapper JSON = new ObjectMapper();

    /** One streamed answer; it may write chunks, wait and end badly. */
    interface Script {
        void play(Stream stream, JsonNode request) throws IOException;
    }

    /** A refusal in place of a stream. */
    record Refused(int status, String message, Map<String, String> headers) {}

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<JsonNode> requests = new CopyOnWriteArrayList<>();
    private final List<String> answersThatBroke = new CopyOnWriteArrayList<>();
    private final AtomicInteger refusals = new AtomicInteger();

    private volatile Script script = (stream, request) -> stream.say("echo: " + lastOf(request));
    private volatile @Nullable Refused refused;
    private volatile @Nullable String key;
    private volatile int numModels = 2;

    FakeChatServer() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::answer);
        server.start();
    }

    String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/chat/";
    }

    void script(Script other) {
        script = other;
    }

    /** Refuses the next answers, as many as {@code times}. */
    void refuse(int times, int status, String message, Map<String, String> headers) {
        refused = new Refused(status, message, headers);
        refusals.set(times);
    }

    void key(String other) {
        key = other;
    }

    void models(int count) {
        numModels = count;
    }

    /** The bodies of the questions that were answered, in the order of their coming. */
    List<JsonNode> requests() {
        return List.copyOf(requests);
    }

    /** Models whose reader went away in the midst of an answer. */
    List<String> broken() {
        return List.copyOf(answersThatBroke);
    }

    static String lastOf(JsonNode request) {
        JsonNode messages = request.path("messages");
        return messages.path(messages.size() - 1).path("content").asText();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        try (exchange) {
            Asset asset = ChatFiles.at(path);
            if (asset != null) {
                send(asset.answer(), exchange);
            } else if (path.equals("/chat/info")) {
                send(Answer.json(info(isKnown(exchange))), exchange);
            } else if (!isKnown(exchange)) {
                send(refusal(401, "the key is missing or wrong", Map.of()), exchange);
            } else if (path.equals("/v1/models")) {
                send(Answer.json(JSON.createObjectNode().put("object", "list")), exchange);
            } else if (path.equals("/v1/chat/completions")) {
                complete(exchange);
            } else {
                send(Answer.error(404, "nothing is at " + path, Map.of()), exchange);
            }
        }
    }

    private static void send(Answer answer, HttpExchange exchange) throws IOException {
        begin(exchange, answer.type(), answer.headers());
        exchange.sendResponseHeaders(answer.status(), answer.body().length == 0 ? -1 : answer.body().length);
        exchange.getResponseBody().write(answer.body());
    }

    private static void begin(HttpExchange exchange, String type, Map<String, String> more) {
        exchange.getResponseHeaders().set("Content-Type", type);
        Answer.headers(more).forEach(exchange.getResponseHeaders()::set);
    }

    private boolean isKnown(HttpExchange exchange) {
        return key == null
                || ("Bearer " + key).equals(exchange.getRequestHeaders().getFirst("Authorization"));
    }

    private static Answer refusal(int status, String message, Map<String, String> headers) {
        ObjectNode body = JSON.createObjectNode();
        body.putObject("error")
                .put("message", message)
                .put("type", "error")
                .putNull("param")
                .putNull("code");
        return Answer.json(status, body).with(headers);
    }

    private void complete(HttpExchange exchange) throws IOException {
        JsonNode request = JSON.readTree(exchange.getRequestBody());
        Refused refusal = refused;
        if (refusal != null && refusals.getAndDecrement() > 0) {
            send(refusal(refusal.status(), refusal.message(), refusal.headers()), exchange);
            return;
        }
        requests.add(request);
        begin(exchange, "text/event-stream", Map.of());
        exchange.sendResponseHeaders(200, 0);
        Stream stream =
                new Stream(exchange.getResponseBody(), request.path("model").asText());
        try {
            stream.line(": keep-alive\n\n");
            script.play(stream, request);
            if (!stream.cut) {
                stream.end();
            }
        } catch (IOException e) {
            answersThatBroke.add(request.path("model").asText());
        }
    }

    private ObjectNode info(boolean canChat) {
        ObjectNode info = JSON.createObjectNode().put("version", "0.1.0");
        ArrayNode models = info.putArray("models");
        models.addObject()
                .put("id", "chatglm3")
                .put("base", "chatglm3")
                .put("adapter", "")
                .put("context", 2048)
                .put("tools", true)
                .putNull("learning_rate");
        if (numModels > 1) {
            models.addObject()
                    .put("id", "chatglm3:shop")
                    .put("base", "chatglm3")
                    .put("adapter", "shop")
                    .put("context", 2048)
                    .put("tools", true)
                    .putObject("run")
                    .put("name", "shop-dialogue")
                    .put("peak_lr", 0.003)
                    .put("best_step", 63)
                    .put("best_metric", "loss")
                    .put("best_value", 1.4103);
        }
        info.put("default_model", numModels > 1 ? "chatglm3:shop" : "chatglm3");
        info.putObject("defaults")
                .put("temperature", 0.8)
                .put("top_p", 0.8)
                .put("top_k", 50)
                .put("max_tokens", 512);
        info.put("can_chat", canChat);
        info.putObject("limits").put("body", 2_097_152);
        return info;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    /** Writes the lines of one answer. */
    static final class Stream {
        private final OutputStream out;
        private final String model;
        private String finish = "stop";
        private int tokens;
        private boolean cut;

        private Stream(OutputStream out, String model) {
            this.out = out;
            this.model = model;
        }

        String model() {
            return model;
        }

        void line(String text) throws IOException {
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
        }

        private void choice(ObjectNode delta, @Nullable String ended) throws IOException {
            ObjectNode chunk = JSON.createObjectNode().put("object", "chat.completion.chunk");
            ObjectNode choice = chunk.putArray("choices").addObject().put("index", 0);
            choice.set("delta", delta);
            choice.put("finish_reason", ended);
            line("data: " + chunk + "\n\n");
        }

        void token(String text) throws IOException {
            tokens++;
            choice(JSON.createObjectNode().put("content", text), null);
        }

        /** A text in pieces of a few characters. */
        void say(String text) throws IOException {
            for (int at = 0; at < text.length(); at += 7) {
                token(text.substring(at, Math.min(text.length(), at + 7)));
            }
        }

        void call(String name, String arguments) throws IOException {
            finish = "tool_calls";
            String[] pieces = {
                "", arguments.substring(0, arguments.length() / 2), arguments.substring(arguments.length() / 2)
            };
            for (int i = 0; i < pieces.length; i++) {
                ObjectNode delta = JSON.createObjectNode();
                ObjectNode call = delta.putArray("tool_calls").addObject().put("index", 0);
                ObjectNode function = call.putObject("function").put("arguments", pieces[i]);
                if (i == 0) {
                    call.put("id", "call_7").put("type", "function");
                    function.put("name", name);
                }
                choice(delta, null);
            }
        }

        void finish(String reason) {
            finish = reason;
        }

        /** Ends the connection without the end of the answer. */
        void cut() {
            cut = true;
        }

        void error(String message) throws IOException {
            ObjectNode body = JSON.createObjectNode();
            body.putObject("error").put("message", message);
            line("data: " + body + "\n\n");
            cut = true;
        }

        private void end() throws IOException {
            choice(JSON.createObjectNode(), finish);
            ObjectNode last = JSON.createObjectNode();
            last.putArray("choices");
            last.putObject("usage")
                    .put("prompt_tokens", 37)
                    .put("completion_tokens", tokens)
                    .put("total_tokens", 37 + tokens)
                    .putObject("prompt_tokens_details")
                    .put("cached_tokens", 12);
            line("data: " + last + "\n\ndata: [DONE]\n\n");
            out.close();
        }

        static void pause(long millis) throws IOException {
            try {
                if (new CountDownLatch(1).await(millis, java.util.concurrent.TimeUnit.MILLISECONDS)) {
                    throw new IllegalStateException();
                }
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }
    }
}
