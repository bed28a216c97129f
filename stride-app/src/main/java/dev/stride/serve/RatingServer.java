package dev.stride.serve;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.stride.config.UserException;
import dev.stride.search.Vote;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.text.Normalizer;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The rating page over HTTP, for people who know its token. Everything lies below {@code /TOKEN/}; nothing else is
 * answered, and no path is ever looked up on a disk. What the page shows of prompts and answers travels as JSON and is put
 * into the page as text, and its content policy allows no script or style but the server's own.
 */
public final class RatingServer implements AutoCloseable {
    /** The longest body that is read, in bytes. */
    static final int MAX_BODY = 4096;

    /** The longest name of a rater, in characters. */
    static final int MAX_NAME = 60;

    private static final int THREADS = 16;
    private static final int STOP_SECONDS = 1;
    private static final double LONGEST_LOOK = 86_400;
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
            + "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    private static final String JSON_TYPE = "application/json; charset=utf-8";
    private static final Map<String, Asset> ASSETS = Map.of(
            "", new Asset("rate.html", "text/html; charset=utf-8"),
            "rate.css", new Asset("rate.css", "text/css; charset=utf-8"),
            "rate.js", new Asset("rate.js", "text/javascript; charset=utf-8"),
            "rate-words.js", new Asset("rate-words.js", "text/javascript; charset=utf-8"));
    private static final Set<String> ASKED = Set.of("next", "result");
    private static final Set<String> TOLD = Set.of("vote", "undo");
    private static final ObjectReader JSON =
            new ObjectMapper().reader().with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final RatingDesk desk;
    private final byte[] token;
    private final HttpServer server;
    private final ExecutorService workers;

    private record Asset(String file, String type) {}

    private record Answer(int status, String type, byte[] body, String allow) {
        static Answer json(JsonNode node) {
            return new Answer(200, JSON_TYPE, node.toString().getBytes(StandardCharsets.UTF_8), "");
        }
    }

    /** A request that is answered with an error. */
    private static final class Wrong extends Exception {
        private static final long serialVersionUID = 1L;
        private final int status;
        private final String allow;

        Wrong(int status, String message) {
            this(status, message, "");
        }

        Wrong(int status, String message, String allow) {
            super(message);
            this.status = status;
            this.allow = allow;
        }
    }

    private RatingServer(RatingDesk desk, HttpServer server, String token) {
        this.desk = desk;
        this.server = server;
        this.token = token.getBytes(StandardCharsets.UTF_8);
        this.workers = Executors.newFixedThreadPool(THREADS);
    }

    /**
     * Starts to listen.
     *
     * @param address where; port 0 takes a free one
     * @param token letters and digits that an address must have; whoever knows them may vote
     * @throws UserException if the address cannot be had
     */
    public static RatingServer start(RatingDesk desk, InetSocketAddress address, String token) {
        if (!token.matches("[A-Za-z0-9]{16,}")) {
            throw new IllegalArgumentException("a token is at least 16 letters and digits");
        }
        HttpServer http;
        try {
            if (address.isUnresolved()) {
                throw new IOException("the name is not known");
            }
            http = HttpServer.create(address, 0);
        } catch (IOException e) {
            throw new UserException("cannot listen on " + address.getHostString() + ", port " + address.getPort() + ": "
                    + e.getMessage() + ". Give --port 0 for any free port, or another --host");
        }
        RatingServer server = new RatingServer(desk, http, token);
        http.setExecutor(server.workers);
        http.createContext("/", server::handle);
        http.start();
        return server;
    }

    /** The port that it listens on. */
    public int port() {
        return server.getAddress().getPort();
    }

    /** The page's path, the token in it. */
    public String path() {
        return "/" + new String(token, StandardCharsets.UTF_8) + "/";
    }

    /** Stops; answers that are under way are given a second. */
    @Override
    public void close() {
        server.stop(STOP_SECONDS);
        workers.shutdown();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Answer answer;
            try {
                answer = answer(exchange);
            } catch (Wrong e) {
                answer = error(e.status, String.valueOf(e.getMessage()), e.allow);
            } catch (UncheckedIOException e) {
                answer = error(500, "the vote could not be kept: " + e.getMessage(), "");
            }
            send(exchange, answer);
        }
    }

    private Answer answer(HttpExchange exchange) throws IOException, Wrong {
        String name = name(exchange.getRequestURI());
        String method = exchange.getRequestMethod();
        boolean reads = ASSETS.containsKey(name) || ASKED.contains(name);
        if (!reads && !TOLD.contains(name)) {
            throw new Wrong(404, "there is nothing at this address");
        }
        if (reads && !method.equals("GET") && !method.equals("HEAD")) {
            throw new Wrong(405, "this address is only read", "GET, HEAD");
        }
        if (!reads && !method.equals("POST")) {
            throw new Wrong(405, "this address only takes votes", "POST");
        }
        Asset asset = ASSETS.get(name);
        if (asset != null) {
            return new Answer(200, asset.type(), resource(asset.file()), "");
        }
        if (name.equals("result")) {
            return Answer.json(desk.result());
        }
        if (name.equals("next")) {
            Map<String, String> query = query(exchange.getRequestURI());
            return Answer.json(desk.next(browser(query.getOrDefault("rater", ""), query.getOrDefault("session", ""))));
        }
        JsonNode body = body(exchange);
        RatingDesk.Browser browser = browser(text(body, "rater"), text(body, "session"));
        try {
            if (name.equals("vote")) {
                desk.vote(browser, text(body, "ticket"), choice(body), seconds(body));
            } else {
                desk.undo(browser);
            }
        } catch (RatingDesk.Refused e) {
            throw new Wrong(409, String.valueOf(e.getMessage()));
        }
        return Answer.json(desk.next(browser));
    }

    /** What stands behind the token, taken as it was sent: nothing is decoded, so no path has two spellings. */
    private String name(URI uri) throws Wrong {
        String path = Objects.requireNonNullElse(uri.getRawPath(), "");
        if (path.equals("/") || path.isEmpty()) {
            throw new Wrong(403, "open the address that stride rate printed, with the token in it");
        }
        int slash = path.indexOf('/', 1);
        String given = slash < 0 ? "" : path.substring(1, slash);
        if (!MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8), token)) {
            throw new Wrong(404, "there is nothing at this address");
        }
        return path.substring(slash + 1);
    }

    private static Map<String, String> query(URI uri) throws Wrong {
        Map<String, String> query = new HashMap<>();
        String raw = uri.getRawQuery();
        if (raw == null) {
            return query;
        }
        for (String part : raw.split("&")) {
            int equals = part.indexOf('=');
            if (equals > 0) {
                try {
                    query.put(
                            part.substring(0, equals),
                            URLDecoder.decode(part.substring(equals + 1), StandardCharsets.UTF_8));
                } catch (IllegalArgumentException e) {
                    throw new Wrong(400, "the query cannot be read");
                }
            }
        }
        return query;
    }

    private static JsonNode body(HttpExchange exchange) throws IOException, Wrong {
        String type = Objects.requireNonNullElse(exchange.getRequestHeaders().getFirst("Content-Type"), "");
        if (!type.toLowerCase(Locale.ROOT).split(";")[0].strip().equals("application/json")) {
            throw new Wrong(415, "a vote is sent as application/json");
        }
        byte[] bytes;
        try (InputStream in = exchange.getRequestBody()) {
            bytes = in.readNBytes(MAX_BODY + 1);
            if (bytes.length > MAX_BODY) {
                throw new Wrong(413, "a vote has " + MAX_BODY + " bytes at most");
            }
        }
        try {
            JsonNode node = JSON.readTree(bytes);
            if (node.isObject()) {
                return node;
            }
        } catch (JsonProcessingException e) {
            throw new Wrong(400, "the vote is not JSON");
        }
        throw new Wrong(400, "a vote is a JSON object");
    }

    private static String text(JsonNode body, String key) throws Wrong {
        JsonNode value = body.path(key);
        if (!value.isTextual()) {
            throw new Wrong(400, "'" + key + "' must be a text");
        }
        return value.textValue();
    }

    private static Vote.Choice choice(JsonNode body) throws Wrong {
        int index = Vote.Choice.words().indexOf(text(body, "choice"));
        Vote.Choice choice = index < 0 ? Vote.Choice.UNDO : Vote.Choice.values()[index];
        if (choice == Vote.Choice.UNDO) {
            throw new Wrong(400, "'choice' must be left, right, tie, bad or skip");
        }
        return choice;
    }

    private static double seconds(JsonNode body) throws Wrong {
        JsonNode value = body.path("seconds");
        double seconds = value.doubleValue();
        if (!value.isNumber() || !(seconds >= 0) || seconds > LONGEST_LOOK) {
            throw new Wrong(400, "'seconds' must be a number from 0 to " + (long) LONGEST_LOOK);
        }
        return Math.round(seconds * 10) / 10.0;
    }

    private static RatingDesk.Browser browser(String rater, String session) throws Wrong {
        String name = Normalizer.normalize(rater, Normalizer.Form.NFC).strip();
        if (name.isEmpty()
                || name.codePointCount(0, name.length()) > MAX_NAME
                || name.codePoints().anyMatch(RatingServer::isUnseen)) {
            throw new Wrong(400, "'rater' must be a name of 1 to " + MAX_NAME + " characters");
        }
        if (!session.matches("[0-9a-f]{8,32}")) {
            throw new Wrong(400, "'session' must be 8 to 32 hexadecimal digits");
        }
        return new RatingDesk.Browser(name, session);
    }

    private static boolean isUnseen(int c) {
        int kind = Character.getType(c);
        return kind == Character.CONTROL || kind == Character.SURROGATE || kind == Character.UNASSIGNED;
    }

    private static byte[] resource(String file) throws IOException {
        try (InputStream in = RatingServer.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException(file + " is not in the program");
            }
            return in.readAllBytes();
        }
    }

    private static Answer error(int status, String message, String allow) {
        String text =
                new ObjectMapper().createObjectNode().put("error", message).toString();
        return new Answer(status, JSON_TYPE, text.getBytes(StandardCharsets.UTF_8), allow);
    }

    private static void send(HttpExchange exchange, Answer answer) throws IOException {
        Headers headers = exchange.getResponseHeaders();
        headers.set("Content-Type", answer.type());
        headers.set("Cache-Control", "no-store");
        headers.set("Content-Security-Policy", POLICY);
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("Referrer-Policy", "no-referrer");
        headers.set("Cross-Origin-Resource-Policy", "same-origin");
        if (!answer.allow().isEmpty()) {
            headers.set("Allow", answer.allow());
        }
        if (exchange.getRequestMethod().equals("HEAD")) {
            headers.set("Content-Length", Integer.toString(answer.body().length));
            exchange.sendResponseHeaders(answer.status(), -1);
        } else {
            exchange.sendResponseHeaders(answer.status(), answer.body().length);
            exchange.getResponseBody().write(answer.body());
        }
    }
}
