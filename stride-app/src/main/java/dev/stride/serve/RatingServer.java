package dev.stride.serve;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.config.UserException;
import dev.stride.search.Vote;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.text.Normalizer;
import java.util.Map;
import java.util.Set;

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

    private static final double LONGEST_LOOK = 86_400;
    private static final Map<String, Asset> ASSETS = Map.of(
            "", Asset.html("rate.html"),
            "rate.css", Asset.style("rate.css"),
            "rate.js", Asset.script("rate.js"),
            "rate-words.js", Asset.script("rate-words.js"));
    private static final Set<String> ASKED = Set.of("next", "result");
    private static final Set<String> TOLD = Set.of("vote", "undo");

    private final RatingDesk desk;
    private final Token token;
    private final WebServer server;

    private RatingServer(RatingDesk desk, WebServer server, Token token) {
        this.desk = desk;
        this.server = server;
        this.token = token;
    }

    /**
     * Starts to listen.
     *
     * @param address where; port 0 takes a free one
     * @param token letters and digits that an address must have; whoever knows them may vote
     * @throws UserException if the address cannot be had
     */
    public static RatingServer start(RatingDesk desk, InetSocketAddress address, String token) {
        Token secret = new Token(token);
        WebServer web = WebServer.on(address, WebServer.Limits.USUAL.withBody(MAX_BODY));
        RatingServer server = new RatingServer(desk, web, secret);
        web.start(server::handle);
        return server;
    }

    /** The port that it listens on. */
    public int port() {
        return server.port();
    }

    /** The page's path, the token in it. */
    public String path() {
        return "/" + token.word() + "/";
    }

    /** Stops at once. */
    @Override
    public void close() {
        server.close();
    }

    private void handle(Request request, Reply reply) throws IOException {
        Answer answer;
        try {
            answer = answer(request);
        } catch (Wrong e) {
            answer = e.answer();
        } catch (UncheckedIOException e) {
            answer = Answer.error(500, "the vote could not be kept: " + e.getMessage(), Map.of());
        }
        reply.send(answer);
    }

    private Answer answer(Request request) throws IOException, Wrong {
        String name = name(request.path());
        String method = request.method();
        boolean reads = ASSETS.containsKey(name) || ASKED.contains(name);
        if (!reads && !TOLD.contains(name)) {
            throw Wrong.nothingHere();
        }
        if (reads && !method.equals("GET") && !method.equals("HEAD")) {
            throw Wrong.method("this address is only read", "GET, HEAD");
        }
        if (!reads && !method.equals("POST")) {
            throw Wrong.method("this address only takes votes", "POST");
        }
        Asset asset = ASSETS.get(name);
        if (asset != null) {
            return asset.answer();
        }
        if (name.equals("result")) {
            return Answer.json(desk.result());
        }
        if (name.equals("next")) {
            return Answer.json(desk.next(browser(request.first("rater", ""), request.first("session", ""))));
        }
        JsonNode body = request.object("a vote", MAX_BODY);
        RatingDesk.Browser browser = browser(Request.text(body, "rater"), Request.text(body, "session"));
        try {
            if (name.equals("vote")) {
                desk.vote(browser, Request.text(body, "ticket"), choice(body), seconds(body));
            } else {
                desk.undo(browser);
            }
        } catch (RatingDesk.Refused e) {
            throw new Wrong(409, String.valueOf(e.getMessage()));
        }
        return Answer.json(desk.next(browser));
    }

    /** What stands behind the token in a path. */
    private String name(String path) throws Wrong {
        if (path.equals("/") || path.isEmpty()) {
            throw new Wrong(403, "open the address that stride rate printed, with the token in it");
        }
        int slash = path.indexOf('/', 1);
        if (slash < 0 || !token.is(path.substring(1, slash))) {
            throw Wrong.nothingHere();
        }
        return path.substring(slash + 1);
    }

    private static Vote.Choice choice(JsonNode body) throws Wrong {
        int index = Vote.Choice.words().indexOf(Request.text(body, "choice"));
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
}
