package dev.stride.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.SharedFolder;
import dev.stride.chat.ChatEnd;
import dev.stride.chat.ChatEngine;
import dev.stride.chat.ChatForm;
import dev.stride.chat.ChatRequest;
import dev.stride.chat.EngineRig;
import dev.stride.chat.EngineSettings;
import dev.stride.chat.EngineStatus;
import dev.stride.chat.LoadedModel;
import dev.stride.checkpoint.ModelLoader;
import dev.stride.model.ChatGlmConfig;
import dev.stride.model.ChatGlmModel;
import dev.stride.model.Sampling;
import dev.stride.peft.LoraTuning;
import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Tokenizer;
import dev.stride.torch.Native;
import dev.stride.torch.Precision;
import dev.stride.train.Preparation;
import dev.stride.voice.VoiceEngines;
import dev.stride.voice.VoiceSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/**
 * A chat server in this process over the bundled sample model with two random adapters, and a client of it. The adapters
 * speak nonsense without end, so their answers take as long as they are allowed to.
 */
final class ChatRig implements AutoCloseable {
    static final ObjectMapper JSON = new ObjectMapper();
    static final Path MODEL = SharedFolder.projectRoot().resolve("samples/model");
    static final String BASE = "sample";
    static final String ONE = "sample:one";
    static final String TWO = "sample:two";
    static final String TOKEN = "0123456789abcdef0123456789abcdef";
    static final Duration QUIET = Duration.ofMillis(200);
    static final WebServer.Limits LIMITS =
            new WebServer.Limits(512, 2048, ChatSettings.MAX_BODY, Duration.ofSeconds(30), Duration.ofSeconds(60));

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    final ChatEngine engine;
    final ChatServer server;
    final List<ApiLog.Line> log = new CopyOnWriteArrayList<>();
    final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(PATIENCE)
            .build();

    /** What a server is opened with. */
    record Setup(EngineSettings engine, ChatSettings chat, WebServer.Limits limits, Duration quiet) {
        Setup quiet(Duration other) {
            return new Setup(engine, chat, limits, other);
        }

        Setup limits(WebServer.Limits other) {
            return new Setup(engine, chat, other, quiet);
        }

        Setup engine(EngineSettings other) {
            return new Setup(other, chat, limits, quiet);
        }

        Setup keys(String... keys) {
            return chat(List.of(keys), chat.origins(), chat.aliases());
        }

        Setup origins(String... origins) {
            return chat(chat.keys(), Set.of(origins), chat.aliases());
        }

        Setup alias(String alias, String name) {
            return chat(chat.keys(), chat.origins(), Map.of(alias, name));
        }

        /** One that passes over unknown keys. */
        Setup lenient() {
            return chat(chat.defaults(), true);
        }

        /** One whose answers are the likeliest, of so many tokens at most. */
        Setup greedy(int tokens) {
            return chat(new ChatDefaults(0, 1, 0, tokens), chat.lenient());
        }

        private Setup chat(ChatDefaults defaults, boolean lenient) {
            return new Setup(
                    engine,
                    new ChatSettings(
                            chat.address(),
                            chat.token(),
                            chat.keys(),
                            chat.origins(),
                            chat.aliases(),
                            defaults,
                            chat.models(),
                            chat.version(),
                            lenient),
                    limits,
                    quiet);
        }

        private Setup chat(List<String> keys, Set<String> origins, Map<String, String> aliases) {
            return new Setup(
                    engine,
                    new ChatSettings(
                            chat.address(),
                            chat.token(),
                            keys,
                            origins,
                            aliases,
                            chat.defaults(),
                            chat.models(),
                            chat.version(),
                            chat.lenient()),
                    limits,
                    quiet);
        }
    }

    static Setup setup() {
        return new Setup(
                new EngineSettings(16, 64, 256, 64L << 20),
                new ChatSettings(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        TOKEN,
                        List.of(),
                        Set.of(),
                        Map.of(),
                        ChatDefaults.REFERENCE,
                        Map.of(BASE, new ChatSettings.RunFacts("first", 3e-3, 63, "loss", 1.41)),
                        "test",
                        false),
                LIMITS,
                QUIET);
    }

    static ChatRig open() {
        return open(setup());
    }

    static ChatRig open(Setup setup) {
        return open(setup, Map.of(), RunFiles.NONE);
    }

    /** A server whose calls have these settings and runs. */
    static ChatRig open(Setup setup, Map<String, String> voice, RunFiles runs) {
        return new ChatRig(setup, voice, runs);
    }

    private ChatRig(Setup setup, Map<String, String> voice, RunFiles runs) {
        engine = ChatEngine.start(List.of(load()), setup.engine());
        server = ChatServer.start(
                engine,
                setup.chat(),
                InstantSource.system(),
                log::add,
                new VoiceEngines(VoiceSettings.of(voice), System.getenv()),
                runs,
                setup.quiet(),
                setup.limits());
    }

    static ChatGlmModel model() {
        ChatGlmConfig shape = ChatGlmConfig.read(MODEL);
        return ModelLoader.load(MODEL, shape, Precision.FP32, false, Native.cpu(), (done, total) -> {});
    }

    static Tokenizer tokenizer() {
        return Preparation.tokenizer(MODEL, ChatGlmConfig.read(MODEL));
    }

    private static LoadedModel load() {
        ChatGlmModel model = model();
        Map<String, LoraTuning> adapters = new LinkedHashMap<>();
        adapters.put("one", EngineRig.adapter(model, 1, 0.2, "query_key_value", "dense_4h_to_h"));
        adapters.put("two", EngineRig.adapter(model, 2, 0.2, "query_key_value", "dense"));
        return new LoadedModel(BASE, model, tokenizer(), adapters);
    }

    int port() {
        return server.port();
    }

    String address(String path) {
        return "http://127.0.0.1:" + server.port() + path;
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(address(path))).timeout(PATIENCE);
    }

    HttpResponse<String> get(String path, String... headers) {
        HttpRequest.Builder request = request(path);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(request.build());
    }

    HttpResponse<String> post(String path, String body, String... headers) {
        HttpRequest.Builder request = request(path).header("Content-Type", "application/json");
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(request.POST(HttpRequest.BodyPublishers.ofString(body)).build());
    }

    HttpResponse<String> send(HttpRequest request) {
        try {
            return client.send(request, BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** A question to a model; what else the request has is put in by name and value. */
    static ObjectNode question(String model, String text, Object... more) {
        ObjectNode body = JSON.createObjectNode().put("model", model);
        body.putArray("messages").addObject().put("role", "user").put("content", text);
        return with(body, more);
    }

    /** A text to be continued. */
    static ObjectNode beginning(String model, String text, Object... more) {
        return with(JSON.createObjectNode().put("model", model).put("prompt", text), more);
    }

    static ObjectNode with(ObjectNode body, Object... more) {
        for (int i = 0; i < more.length; i += 2) {
            body.set((String) more[i], JSON.valueToTree(more[i + 1]));
        }
        return body;
    }

    JsonNode chat(ObjectNode body) {
        return whole(post("/v1/chat/completions", body.toString()));
    }

    JsonNode text(ObjectNode body) {
        return whole(post("/v1/completions", body.toString()));
    }

    static JsonNode whole(HttpResponse<String> response) {
        if (response.statusCode() != 200) {
            throw new AssertionError(response.statusCode() + ": " + response.body());
        }
        return json(response.body());
    }

    static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(text, e);
        }
    }

    /** The data of a stream that has come to its end. */
    static List<JsonNode> events(String stream) {
        List<JsonNode> events = new ArrayList<>();
        boolean done = false;
        for (String line : stream.split("\n")) {
            if (done && !line.isEmpty()) {
                throw new AssertionError("after the end: " + line);
            } else if (line.equals("data: [DONE]")) {
                done = true;
            } else if (line.startsWith("data: ")) {
                events.add(json(line.substring(6)));
            } else if (!line.isEmpty() && !line.startsWith(":")) {
                throw new AssertionError("no event: " + line);
            }
        }
        if (!done) {
            throw new AssertionError("the stream did not end: " + stream);
        }
        return events;
    }

    /** The words of one answer of a chat stream. */
    static String words(List<JsonNode> events, int index) {
        StringBuilder text = new StringBuilder();
        for (JsonNode event : events) {
            for (JsonNode choice : event.path("choices")) {
                if (choice.path("index").asInt() == index) {
                    text.append(choice.path("delta").path("content").asText(""));
                    text.append(choice.path("text").asText(""));
                }
            }
        }
        return text.toString();
    }

    static String words(JsonNode answer) {
        return answer.path("choices").get(0).path("message").path("content").asText();
    }

    /** What the engine itself answers to messages, greedily. */
    ChatEnd ask(String name, int tokens, List<Message> messages) throws InterruptedException {
        ChatForm form = engine.model(name).form();
        return engine.submit(ChatRequest.of(name, form.prompt(messages, null), Sampling.greedy(tokens, form.stopIds())))
                .await();
    }

    /** Waits until the engine is in a state; fails where that does not come. */
    EngineStatus await(Predicate<EngineStatus> state) throws InterruptedException {
        long until = System.nanoTime() + PATIENCE.toNanos();
        EngineStatus status = engine.status();
        while (!state.test(status)) {
            if (System.nanoTime() > until) {
                throw new AssertionError("the engine stays at " + status);
            }
            Thread.sleep(5);
            status = engine.status();
        }
        return status;
    }

    long ended(ChatEnd.Reason reason) {
        return engine.status().ended().getOrDefault(reason, 0L);
    }

    /** Whether it still answers as it should. */
    void isWell() {
        JsonNode answer = chat(question(BASE, "你好", "temperature", 0, "max_tokens", 4));
        if (answer.path("usage").path("completion_tokens").asInt() < 1) {
            throw new AssertionError(answer.toString());
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
