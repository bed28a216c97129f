package dev.stride.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.chat.ChatEngine;
import dev.stride.chat.ServedModel;
import dev.stride.config.Problem;
import dev.stride.config.UserException;
import dev.stride.voice.VoiceEngines;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.eclipse.jetty.websocket.api.Session;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Models over HTTP: OpenAI's API below {@code /v1/}, the chat page below {@code /chat/}, {@code /health} and {@code
 * /metrics}. Paths are compared with a fixed list as they were sent, and nothing is ever looked up on a disk.
 */
public final class ChatServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ChatServer.class);
    private static final String PAGE = "/chat/";
    private static final String CALL = "/call/";
    private static final String API = "/v1/";
    private static final Set<String> READ =
            Set.of("/v1/models", "/chat/info", "/call/info", "/call/chart", "/health", "/metrics");
    private static final String REALTIME = "/v1/realtime";
    private static final String KEY_PROTOCOL = "openai-insecure-api-key.";
    private static final int THREADS = 512;
    private static final int CONNECTIONS = 2048;
    private static final Duration REQUEST = Duration.ofSeconds(30);
    private static final Duration STALL = Duration.ofMinutes(1);
    private static final Duration LAST_WORDS = Duration.ofSeconds(5);

    private final ChatEngine engine;
    private final ChatSettings settings;
    private final InstantSource clock;
    private final Gate gate;
    private final List<Token> keys;
    private final ApiRequests requests;
    private final ApiLog log;
    private final Duration quiet;
    private final WebServer web;
    private final CallDesk calls;
    private final AudioApi audio;
    private final RunFiles runs;
    private final long started;
    private volatile boolean closing;

    private ChatServer(
            ChatEngine engine,
            ChatSettings settings,
            InstantSource clock,
            ApiLog log,
            Duration quiet,
            WebServer web,
            Gate gate,
            VoiceEngines voices,
            RunFiles runs) {
        this.engine = engine;
        this.settings = settings;
        this.clock = clock;
        this.log = log;
        this.quiet = quiet;
        this.web = web;
        this.gate = gate;
        this.runs = runs;
        this.calls = new CallDesk(engine, settings.defaults(), voices, runs);
        this.audio = new AudioApi(voices);
        this.keys = settings.keys().stream().map(Token::key).toList();
        this.requests = new ApiRequests(engine, settings);
        this.started = clock.instant().getEpochSecond();
    }

    /**
     * Starts to listen.
     *
     * @param engine answers; it is not closed with the server alone, but with {@link #close(Duration)}
     * @param clock for the times of answers
     * @param log is told each answered request
     * @param voices hear and speak in calls; closed with the server
     * @param runs what is known of the models' runs
     * @throws UserException if the address cannot be had, or an alias names no model
     */
    public static ChatServer start(
            ChatEngine engine,
            ChatSettings settings,
            InstantSource clock,
            ApiLog log,
            VoiceEngines voices,
            RunFiles runs) {
        return start(
                engine,
                settings,
                clock,
                log,
                voices,
                runs,
                ChatSettings.QUIET,
                new WebServer.Limits(THREADS, CONNECTIONS, ChatSettings.MAX_BODY, REQUEST, STALL));
    }

    static ChatServer start(
            ChatEngine engine,
            ChatSettings settings,
            InstantSource clock,
            ApiLog log,
            VoiceEngines voices,
            RunFiles runs,
            Duration quiet,
            WebServer.Limits limits) {
        checkAliases(engine, settings);
        Token token = new Token(settings.token());
        WebServer web = WebServer.on(settings.address(), limits);
        Gate gate = new Gate(token, web.address(), settings.address().getHostString(), web.port(), settings.origins());
        ChatServer server = new ChatServer(engine, settings, clock, log, quiet, web, gate, voices, runs);
        web.start(server.new Pages(), server.new Lines());
        return server;
    }

    /** The port that it listens on. */
    public int port() {
        return web.port();
    }

    /**
     * Takes nothing more, lets the answers that are under way go on for so long, ends the others with an error, and closes the
     * engine and the server. A client who does not take the end of its answer within 5 seconds does not get it.
     */
    public void close(Duration grace) {
        closing = true;
        engine.close(grace);
        web.await(LAST_WORDS);
        web.close();
        calls.close();
    }

    /** What is at the addresses. */
    private final class Pages implements WebServer.Site {
        @Override
        public void handle(Request request, Reply reply) throws IOException {
            ChatServer.this.handle(request, reply);
        }

        @Override
        public int body(String path) {
            return path.equals(AudioApi.TRANSCRIPTIONS) ? AudioApi.MOST_BYTES : 0;
        }
    }

    /** Calls. */
    private final class Lines implements WebServer.Sockets {
        @Override
        public boolean isAt(String path) {
            return path.equals(REALTIME);
        }

        @Override
        public Session.Listener open(Request request) throws Wrong {
            gate.checkSite(request);
            checkKey(request);
            if (closing) {
                throw new Wrong(503, "the server is closing", Map.of("Retry-After", "1"), "", "closing");
            }
            String name = request.first("model", "");
            ServedModel model = name.isEmpty() ? ChatInfo.first(engine) : requests.model(name);
            String beta = request.header("OpenAI-Beta");
            boolean older = (beta != null && beta.contains("realtime=v1"))
                    || request.protocols().contains("openai-beta.realtime-v1");
            return new CallSocket(line -> calls.open(model, line, older));
        }
    }

    /** Ends at once. */
    @Override
    public void close() {
        close(Duration.ZERO);
    }

    private void handle(Request request, Reply reply) throws IOException {
        long begun = System.nanoTime();
        String path = request.path();
        boolean api = path.startsWith(API);
        Answer answer;
        ApiLog.Line line = new ApiLog.Line(request.method(), path);
        try {
            gate.checkSite(request);
            reply.with(gate.crossOrigin(request));
            if (request.method().equals("OPTIONS")) {
                answer = new Answer(204, "text/plain", new byte[0], Map.of());
            } else if (path.equals("/v1/chat/completions") || path.equals("/v1/completions")) {
                complete(request, reply, path, line);
                log.answered(line.ended(reply.status(), begun));
                return;
            } else if (audio.isAt(path)) {
                checkKey(request);
                audio.answer(path, request, reply);
                log.answered(line.ended(reply.status(), begun));
                return;
            } else {
                answer = answer(path, request);
            }
        } catch (Wrong e) {
            answer = api ? e.apiAnswer() : e.answer();
        } catch (IOException e) {
            log.answered(line.ended(ApiLog.CLIENT_LEFT, begun));
            throw e;
        } catch (RuntimeException e) {
            LOG.error("{} {}", request.method(), path, e);
            String words = "this is an error of Stride itself: " + e;
            Wrong wrong = new Wrong(500, words);
            answer = api ? wrong.apiAnswer() : wrong.answer();
        }
        if (reply.isBegun()) {
            throw new IOException("an answer failed after it had begun");
        }
        reply.send(answer);
        log.answered(line.ended(answer.status(), begun));
    }

    private void complete(Request request, Reply reply, String path, ApiLog.Line line) throws IOException, Wrong {
        if (!request.method().equals("POST")) {
            throw Wrong.method("this address only takes requests for answers", "POST");
        }
        checkKey(request);
        JsonNode body = request.object("a request", ChatSettings.MAX_BODY);
        ApiCall call = path.equals("/v1/completions") ? requests.text(body) : requests.chat(body);
        ApiAnswers answers = ApiAnswers.ask(engine, call, quiet, clock, settings.version());
        try {
            answers.write(reply);
        } finally {
            line.model(call.model().name(), answers.ends());
        }
    }

    private Answer answer(String path, Request request) throws IOException, Wrong {
        Asset call = CallFiles.at(path);
        Asset asset = call == null ? ChatFiles.at(path) : call;
        String model = path.startsWith("/v1/models/") ? path.substring("/v1/models/".length()) : "";
        boolean home = path.equals("/") || path.equals("/chat") || path.equals("/call");
        if (asset == null && model.isEmpty() && !home && !READ.contains(path)) {
            throw Wrong.nothingHere();
        }
        if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
            throw Wrong.method("this address is only read", "GET, HEAD");
        }
        if (home) {
            return welcome(request.first("token", ""), path.equals("/call") ? CALL : PAGE);
        }
        if (call != null) {
            return call.answer().with(Map.of("Content-Security-Policy", CallFiles.POLICY));
        }
        if (asset != null) {
            return asset.answer();
        }
        if (path.equals("/call/info")) {
            return Answer.json(CallInfo.of(engine, settings, calls.voices(), isAllowed(request)));
        }
        if (path.equals("/health")) {
            return closing || !engine.isOpen()
                    ? Answer.json(503, JsonNodeFactory.instance.objectNode().put("status", "closing"))
                    : Answer.json(JsonNodeFactory.instance.objectNode().put("status", "ok"));
        }
        if (path.equals("/chat/info")) {
            return Answer.json(ChatInfo.of(engine, settings, isAllowed(request)));
        }
        checkKey(request);
        if (path.equals("/call/chart")) {
            ObjectNode chart =
                    runs.chart(requests.model(request.first("model", "")).name());
            if (chart == null) {
                throw new Wrong(404, "this model comes from no run");
            }
            return Answer.json(chart);
        }
        if (path.equals("/metrics")) {
            return Answer.of(PrometheusText.TYPE, EngineMetrics.of(engine.status()));
        }
        return Answer.json(model.isEmpty() ? models() : model(model));
    }

    /** The way to the page; the printed address has the token, which moves into a cookie. */
    private Answer welcome(String token, String page) throws Wrong {
        if (token.isEmpty()) {
            return new Answer(303, Answer.HTML, new byte[0], Map.of("Location", page));
        }
        if (!gate.isToken(token)) {
            throw new Wrong(403, "this is not the token of this server: open the address that it printed at its start");
        }
        return new Answer(303, Answer.HTML, new byte[0], Map.of("Location", page, "Set-Cookie", gate.cookieHeader()));
    }

    private boolean isAllowed(Request request) {
        if (settings.keys().isEmpty() && gate.isOpen()) {
            return true;
        }
        String word = key(request);
        if (!word.isEmpty()) {
            boolean known = false;
            for (Token key : keys) {
                known |= key.is(word); // all are compared: the time tells nothing
            }
            return known | gate.isToken(word);
        }
        return gate.mayAct(request);
    }

    /** The key that a program sends; browsers can send it with a websocket as a protocol's name only. */
    private static String key(Request request) {
        String given = request.bearer();
        if (given != null) {
            return given;
        }
        return request.protocols().stream()
                .filter(name -> name.startsWith(KEY_PROTOCOL))
                .map(name -> name.substring(KEY_PROTOCOL.length()))
                .findFirst()
                .orElse("");
    }

    private void checkKey(Request request) throws Wrong {
        if (!isAllowed(request)) {
            boolean none = request.header("Authorization") == null;
            throw new Wrong(
                    401,
                    (none ? "there is no API key" : "this API key is not one of this server's")
                            + "; allowed: Authorization: Bearer KEY, with the key that stride serve was given or printed",
                    Map.of("WWW-Authenticate", "Bearer"),
                    "",
                    "invalid_api_key");
        }
    }

    private ObjectNode models() {
        ObjectNode node = JsonNodeFactory.instance.objectNode().put("object", "list");
        ArrayNode data = node.putArray("data");
        engine.models().forEach(model -> data.add(describe(model.name(), model)));
        settings.aliases().forEach((alias, name) -> data.add(describe(alias, engine.model(name))));
        return node;
    }

    private ObjectNode model(String sent) throws Wrong {
        String name;
        try {
            name = java.net.URLDecoder.decode(sent.replace("+", "%2B"), java.nio.charset.StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new Wrong(404, "there is no such model");
        }
        return describe(name, requests.model(name));
    }

    private ObjectNode describe(String id, ServedModel model) {
        @Nullable String parent = model.adapter().isEmpty() ? null : model.base();
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", id)
                .put("object", "model")
                .put("created", started)
                .put("owned_by", "stride")
                .put("root", model.name())
                .put("parent", parent)
                .put("max_model_len", model.contextLength());
    }

    private static void checkAliases(ChatEngine engine, ChatSettings settings) {
        List<String> names = engine.models().stream().map(ServedModel::name).toList();
        List<Problem> problems = new ArrayList<>();
        settings.aliases().forEach((alias, name) -> {
            if (!names.contains(name)) {
                problems.add(Problem.of("--alias", alias + "=" + name, String.join(", ", names)));
            }
            if (names.contains(alias)) {
                problems.add(Problem.of("--alias", alias, "a name that no model has"));
            }
        });
        if (!problems.isEmpty()) {
            throw new UserException("the models cannot have these names", problems);
        }
    }
}
