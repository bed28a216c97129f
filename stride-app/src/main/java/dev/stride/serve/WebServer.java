package dev.stride.serve;

import dev.stride.config.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.server.ServerWebSocketContainer;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP server: a socket, its threads and what it bears; what is answered is a {@link Site}'s. A request gets a thread
 * when all of it was read, so that a client who sends slowly holds none, and keeps it until it is answered.
 */
final class WebServer implements AutoCloseable {
    private static final int SPARE_THREADS = 8; // acceptor and selectors
    private static final int HEADER_BYTES = 16 << 10;
    private static final int STOP_MILLIS = 200;
    private static final String PROTOCOL = "realtime";
    private static final long SOCKET_TEXT = 20L << 20; // 15 MiB of sound in base64, as OpenAI allows
    private static final long SOCKET_BINARY = 1L << 20;

    private final Server server;
    private final ServerConnector connector;
    private final LateRequests late;
    private final Limits limits;
    private final Phaser answering = new Phaser(1); // the server itself, and each request that is answered

    /** What is at the addresses of a server. */
    interface Site {
        /**
         * Answers one request, in a thread of its own; it may block.
         *
         * @throws IOException where the client cannot be reached any more: the connection ends, so that an answer that is not
         *     whole does not look as if it were
         */
        void handle(Request request, Reply reply) throws IOException;

        /** Bytes of a body that are kept at this address; the server's usual limit where it is 0. */
        default int body(String path) {
            return 0;
        }
    }

    /** The websockets of a server. */
    interface Sockets {
        /** Whether there is one at this address. */
        boolean isAt(String path);

        /**
         * Opens one.
         *
         * @return what is told of it
         * @throws Wrong where it is refused
         */
        Session.Listener open(Request request) throws Wrong;
    }

    /**
     * What a server bears.
     *
     * @param requests that are answered at the same time; others wait
     * @param connections at the same time; others wait to be accepted
     * @param body bytes of a request at most; what is longer is read to its end, within reason, and marked
     * @param request the longest time until a request has come whole
     * @param stall a reader that takes nothing for so long is let go
     */
    record Limits(int requests, int connections, int body, Duration request, Duration stall) {
        static final Limits USUAL = new Limits(256, 1024, 64 << 10, Duration.ofSeconds(30), Duration.ofMinutes(2));

        Limits withBody(int bytes) {
            return new Limits(requests, connections, bytes, request, stall);
        }

        Limits withStall(Duration time) {
            return new Limits(requests, connections, body, request, time);
        }
    }

    private WebServer(Server server, ServerConnector connector, LateRequests late, Limits limits) {
        this.server = server;
        this.connector = connector;
        this.late = late;
        this.limits = limits;
    }

    /**
     * Takes an address; nothing is answered yet.
     *
     * @param address where; port 0 takes a free one
     * @throws UserException if the address cannot be had
     */
    static WebServer on(InetSocketAddress address, Limits limits) {
        QueuedThreadPool threads = new QueuedThreadPool(limits.requests() + SPARE_THREADS, 1);
        threads.setName("stride-serve");
        threads.setDaemon(true);
        threads.setStopTimeout(STOP_MILLIS); // half of it to end by themselves, half after an interrupt
        Server server = new Server(threads);
        server.setStopTimeout(0);
        server.setErrorHandler(WebServer::refused);
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setRequestHeaderSize(HEADER_BYTES);
        ServerConnector connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
        connector.setHost(address.getHostString());
        connector.setPort(address.getPort());
        connector.setIdleTimeout(limits.stall().toMillis());
        LateRequests late = new LateRequests(limits.request());
        connector.addBean(late);
        server.addConnector(connector);
        server.addBean(new NetworkConnectionLimit(limits.connections(), connector));
        try {
            if (address.isUnresolved()) {
                throw new IOException("the name is not known");
            }
            connector.open();
        } catch (IOException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new UserException("cannot listen on " + address.getHostString() + ", port " + address.getPort() + ": "
                    + cause.getMessage() + ". Give --port 0 for any free port, or another --host");
        }
        return new WebServer(server, connector, late, limits);
    }

    /** Answers from here on. */
    void start(Site site) {
        start(site, null);
    }

    /** The same with websockets. */
    void start(Site site, @Nullable Sockets sockets) {
        @Nullable ServerWebSocketContainer container = sockets == null ? null : ServerWebSocketContainer.ensure(server);
        if (container != null) {
            container.setMaxTextMessageSize(SOCKET_TEXT);
            container.setMaxBinaryMessageSize(SOCKET_BINARY);
            container.setIdleTimeout(limits.request());
        }
        server.setHandler(new Handler.Abstract() {
            @Override
            public boolean handle(org.eclipse.jetty.server.Request request, Response response, Callback callback) {
                if (container != null
                        && sockets != null
                        && upgrades(request)
                        && sockets.isAt(request.getHttpURI().getPath())) {
                    return upgrade(sockets, container, request, response, callback);
                }
                int own = site.body(request.getHttpURI().getPath());
                new RequestBody(
                                request,
                                own == 0 ? limits.body() : own,
                                body -> answer(site, request, body, response, callback))
                        .read(callback);
                return true;
            }
        });
        try {
            server.start();
        } catch (Exception e) {
            throw new IllegalStateException("the server did not start", e);
        }
        late.start();
    }

    private static boolean upgrades(org.eclipse.jetty.server.Request request) {
        return "websocket".equalsIgnoreCase(request.getHeaders().get(HttpHeader.UPGRADE));
    }

    private boolean upgrade(
            Sockets sockets,
            ServerWebSocketContainer container,
            org.eclipse.jetty.server.Request request,
            Response response,
            Callback callback) {
        Session.Listener listener;
        try {
            listener = sockets.open(new Request(request, RequestBody.Read.NONE));
        } catch (Wrong e) {
            try {
                new Reply(request, response).send(e.apiAnswer());
                callback.succeeded();
            } catch (IOException gone) {
                callback.failed(gone);
            }
            return true;
        }
        late.whole(request);
        return container.upgrade(
                (asked, answer, done) -> {
                    if (asked.hasSubProtocol(PROTOCOL)) {
                        answer.setAcceptedSubProtocol(PROTOCOL);
                    }
                    return listener;
                },
                request,
                response,
                callback);
    }

    private void answer(
            Site site,
            org.eclipse.jetty.server.Request request,
            RequestBody.Read body,
            Response response,
            Callback callback) {
        late.whole(request);
        Reply reply = new Reply(request, response);
        answering.register();
        try {
            site.handle(new Request(request, body), reply);
            reply.end();
            late.answered(request);
            callback.succeeded();
        } catch (IOException | RuntimeException | Error e) {
            callback.failed(e); // an error of the machine ends this answer alone
        } finally {
            answering.arriveAndDeregister();
        }
    }

    /** Waits until no request is answered any more, or the time is over. */
    void await(Duration atMost) {
        try {
            answering.awaitAdvanceInterruptibly(answering.arrive(), atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException e) {
            // those that are left are ended with their connections
        }
    }

    /** The address that it listens on. */
    InetAddress address() {
        try {
            return ((InetSocketAddress)
                            ((java.nio.channels.ServerSocketChannel) connector.getTransport()).getLocalAddress())
                    .getAddress();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The port that it listens on. */
    int port() {
        return connector.getLocalPort();
    }

    /** Ends at once, with every connection. */
    @Override
    public void close() {
        late.stop();
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the server did not end", e);
        }
    }

    /** What is no request at all, or failed before its answer began. */
    private static boolean refused(org.eclipse.jetty.server.Request request, Response response, Callback callback) {
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, Answer.JSON);
        Answer.headers(Map.of()).forEach(response.getHeaders()::put);
        String words = response.getStatus() >= 500 ? "the answer failed" : "this is no request that can be understood";
        response.write(
                true,
                java.nio.ByteBuffer.wrap(("{\"error\":\"" + words + "\"}").getBytes(StandardCharsets.UTF_8)),
                callback);
        return true;
    }
}
