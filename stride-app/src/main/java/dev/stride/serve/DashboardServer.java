package dev.stride.serve;

import dev.stride.config.UserException;
import dev.stride.live.LiveRuns;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;

/**
 * The dashboard over HTTP: the page, what it asks, the stream that keeps it up to date, and exports. Paths are compared
 * with a fixed list as they were sent, runs are found by their ids in a map, and no path is ever looked up on a disk from a
 * request. Each request has a thread of its own, so that one who reads slowly holds up nobody else.
 */
public final class DashboardServer implements AutoCloseable {
    private static final String STREAM = "/api/stream";
    private static final String EXPORT = "/export";
    private static final String ACTION = "/api/action";
    private static final int MOST_RUNS = 64;
    private static final int BUFFER = 1 << 16;
    private static final int MAX_BODY = 64 << 10;

    private final LiveRuns runs;
    private final DashboardCalls calls;
    private final Gate gate;
    private final Limits limits;
    private final Semaphore places;
    private final WebServer server;
    private final String name;

    /**
     * What one server bears.
     *
     * @param streams clients that listen at the same time
     * @param quiet a stream says something at least this often
     * @param stall a reader that takes nothing for so long is let go
     */
    record Limits(int streams, Duration quiet, Duration stall) {
        static final Limits USUAL = new Limits(64, Duration.ofSeconds(10), Duration.ofMinutes(2));
    }

    private DashboardServer(LiveRuns runs, DashboardCalls calls, WebServer server, Gate gate, Limits limits) {
        this.runs = runs;
        this.calls = calls;
        this.server = server;
        this.gate = gate;
        this.limits = limits;
        this.places = new Semaphore(limits.streams());
        byte[] bytes = new byte[4];
        new SecureRandom().nextBytes(bytes);
        this.name = HexFormat.of().formatHex(bytes);
    }

    /**
     * Starts to listen.
     *
     * @param runs what is shown; it is not closed with the server
     * @param pages draws the report of a run or a sweep
     * @param address where; port 0 takes a free one
     * @param token letters and digits; whoever knows them may act
     * @param clock for the times of requests
     * @throws UserException if the address cannot be had
     */
    public static DashboardServer start(
            LiveRuns runs, FolderPage pages, InetSocketAddress address, String token, InstantSource clock) {
        return start(runs, pages, address, token, clock, Limits.USUAL);
    }

    static DashboardServer start(
            LiveRuns runs,
            FolderPage pages,
            InetSocketAddress address,
            String token,
            InstantSource clock,
            Limits limits) {
        Token secret = new Token(token);
        WebServer web =
                WebServer.on(address, WebServer.Limits.USUAL.withBody(MAX_BODY).withStall(limits.stall()));
        Gate gate = new Gate(secret, web.address(), address.getHostString(), web.port());
        DashboardServer server = new DashboardServer(runs, new DashboardCalls(runs, pages, clock), web, gate, limits);
        web.start(server::handle);
        return server;
    }

    /** The port that it listens on. */
    public int port() {
        return server.port();
    }

    /** Ends at once; clients come back by themselves to the next server. */
    @Override
    public void close() {
        server.close();
    }

    private void handle(Request request, Reply reply) throws IOException {
        Answer answer;
        try {
            gate.checkSite(request);
            String path = request.path();
            if (path.equals(STREAM)) {
                stream(request, reply);
                return;
            }
            if (path.equals(EXPORT)) {
                export(request, reply);
                return;
            }
            answer = answer(path, request);
        } catch (Wrong e) {
            answer = e.answer();
        } catch (UserException e) {
            answer = Answer.error(409, String.valueOf(e.getMessage()), Map.of());
        } catch (UncheckedIOException e) {
            answer = Answer.error(500, String.valueOf(e.getMessage()), Map.of());
        } catch (RuntimeException e) {
            answer = Answer.error(500, "this is an error of Stride itself: " + e, Map.of());
        }
        reply.send(answer);
    }

    private Answer answer(String path, Request request) throws IOException, Wrong {
        if (path.equals(ACTION)) {
            if (!request.method().equals("POST")) {
                throw Wrong.method("this address only takes actions", "POST");
            }
            gate.checkActing(request);
            return calls.act(request);
        }
        Asset asset = DashboardFiles.at(path);
        if (asset == null && !DashboardCalls.PATHS.contains(path)) {
            throw Wrong.nothingHere();
        }
        requireReading(request);
        if (path.equals("/") && !request.all("token").isEmpty()) {
            return welcome(request.first("token", ""));
        }
        gate.checkReading(request);
        return asset == null ? calls.answer(path, request) : asset.answer();
    }

    /** The printed address: the token moves from the address line into a cookie. */
    private Answer welcome(String given) throws Wrong {
        if (!gate.isToken(given)) {
            throw new Wrong(403, "this is not the token of this server: open the address that it printed at its start");
        }
        return new Answer(303, Answer.HTML, new byte[0], Map.of("Location", "/", "Set-Cookie", gate.cookieHeader()));
    }

    private static void requireReading(Request request) throws Wrong {
        if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
            throw Wrong.method("this address is only read", "GET, HEAD");
        }
    }

    private void stream(Request request, Reply reply) throws IOException, Wrong {
        if (!request.method().equals("GET")) {
            throw Wrong.method("this address is only read", "GET");
        }
        gate.checkReading(request);
        List<String> ids = request.all("run");
        if (ids.size() > MOST_RUNS) {
            throw new Wrong(400, "a stream has " + MOST_RUNS + " runs at most");
        }
        String last = request.header("Last-Event-ID");
        LiveStream stream = LiveStream.of(runs, name, ids, request.all("at"), last == null ? "" : last, limits.quiet());
        if (!places.tryAcquire()) {
            throw new Wrong(
                    503,
                    limits.streams() + " pages listen already, which is the most; close one",
                    Map.of("Retry-After", "10"));
        }
        try {
            stream.run(reply.events(Map.of()), gate.mayAct(request));
        } catch (InterruptedException e) {
            // the server ends
            Thread.currentThread().interrupt();
        } finally {
            places.release();
        }
    }

    private void export(Request request, Reply reply) throws IOException, Wrong {
        requireReading(request);
        gate.checkReading(request);
        DashboardCalls.Download download = calls.export(request);
        Map<String, String> headers = Map.of("Content-Disposition", download.disposition());
        if (request.method().equals("HEAD")) {
            reply.send(new Answer(200, download.type(), new byte[0], headers));
            return;
        }
        OutputStream out = new BufferedOutputStream(reply.begin(200, download.type(), headers), BUFFER);
        download.writer().write(out);
        out.flush();
    }
}
