package dev.stride.voice;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A websocket to an engine. Messages may be sent before it is open and go out in order; they come in whole. Nothing here
 * waits or throws. A line on which nothing comes for 15 seconds, not even the answer to a ping, is lost.
 */
final class FrameSocket implements WebSocket.Listener {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final long PING_SECONDS = 5;
    private static final long LOST_NANOS = 15_000_000_000L;
    /** So much sound that waits to be sent means that the line is lost: five minutes of it. */
    private static final long MOST_WAITING = 5L * 60 * 2 * Pcm.SPEECH_RATE;

    /** What comes in, one at a time. */
    interface Receiver {
        /** A binary message. */
        void frame(byte[] message) throws IOException;

        /** A text message. */
        void text(String message) throws IOException;

        /** The line is closed; once, and not after {@link FrameSocket#close}. */
        void ended(String why, boolean passing);
    }

    private final Receiver receiver;
    private final String host;
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicLong waiting = new AtomicLong();
    private final AtomicLong lastHeard = new AtomicLong(System.nanoTime());
    private final ByteArrayOutputStream binary = new ByteArrayOutputStream();
    private final StringBuilder text = new StringBuilder();
    private final CompletableFuture<WebSocket> first = new CompletableFuture<>();
    private CompletableFuture<WebSocket> last = first;

    private FrameSocket(Receiver receiver, String host) {
        this.receiver = receiver;
        this.host = host;
    }

    /** Begins to open a websocket. */
    static FrameSocket open(HttpClient client, URI address, Map<String, String> headers, Receiver receiver) {
        FrameSocket socket = new FrameSocket(receiver, String.valueOf(address.getHost()));
        WebSocket.Builder builder = client.newWebSocketBuilder().connectTimeout(PATIENCE);
        headers.forEach(builder::header);
        CompletableFuture<WebSocket> opening = builder.buildAsync(address, socket);
        opening.whenComplete((open, problem) -> {
            if (open == null) {
                socket.end(problem);
                socket.first.completeExceptionally(new IOException("the line was not opened"));
            } else {
                socket.lastHeard.set(System.nanoTime());
                socket.first.complete(open);
                socket.pingLater(open);
            }
        });
        return socket;
    }

    /** Sends a binary message. */
    void send(byte[] message) {
        enqueue(message.length, open -> open.sendBinary(ByteBuffer.wrap(message), true));
    }

    /** Sends a text message. */
    void send(String message) {
        enqueue(message.length(), open -> open.sendText(message, true));
    }

    /** Closes the line behind what is still to be sent; nothing comes in any more. */
    void close() {
        over.set(true);
        enqueue(0, open -> open.sendClose(WebSocket.NORMAL_CLOSURE, "").whenComplete((done, problem) -> open.abort()));
    }

    private void pingLater(WebSocket open) {
        CompletableFuture.delayedExecutor(PING_SECONDS, TimeUnit.SECONDS).execute(() -> {
            if (over.get()) {
                return;
            }
            if (System.nanoTime() - lastHeard.get() > LOST_NANOS) {
                open.abort();
                end(new IOException("nothing comes any more"));
                return;
            }
            enqueue(0, socket -> socket.sendPing(ByteBuffer.allocate(0)));
            pingLater(open);
        });
    }

    @Override
    public @Nullable CompletionStage<?> onPong(WebSocket socket, ByteBuffer data) {
        lastHeard.set(System.nanoTime());
        socket.request(1);
        return null;
    }

    private void enqueue(int length, java.util.function.Function<WebSocket, CompletionStage<WebSocket>> send) {
        if (waiting.addAndGet(length) > MOST_WAITING) {
            end(new IOException("it takes nothing any more"));
            return;
        }
        synchronized (this) {
            last = last.thenCompose(send);
            last.whenComplete((open, problem) -> {
                waiting.addAndGet(-length);
                if (problem != null) {
                    end(problem);
                }
            });
        }
    }

    private void end(@Nullable Throwable problem) {
        if (!over.compareAndSet(false, true)) {
            return;
        }
        Throwable cause = problem;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof WebSocketHandshakeException refused) {
            int status = refused.getResponse().statusCode();
            String trace = refused.getResponse()
                    .headers()
                    .firstValue("X-Tt-Logid")
                    .map(id -> " (trace " + id + ")")
                    .orElse("");
            receiver.ended(
                    host + " refused the connection with status " + status + trace
                            + (status == 401 || status == 403 ? "; see the keys and what they are allowed" : ""),
                    status >= 500 || status == 429);
        } else {
            receiver.ended(host + ": " + (cause == null ? "the line was closed" : SpeechServer.reason(cause)), true);
        }
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean isWhole) {
        lastHeard.set(System.nanoTime());
        byte[] part = new byte[data.remaining()];
        data.get(part);
        binary.writeBytes(part);
        if (isWhole) {
            byte[] message = binary.toByteArray();
            binary.reset();
            take(() -> receiver.frame(message));
        }
        socket.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean isWhole) {
        lastHeard.set(System.nanoTime());
        text.append(data);
        if (isWhole) {
            String message = text.toString();
            text.setLength(0);
            take(() -> receiver.text(message));
        }
        socket.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
        end(new IOException("the line was closed with status " + status + (reason.isEmpty() ? "" : ": " + reason)));
        return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable problem) {
        end(problem);
    }

    private interface Work {
        void run() throws IOException;
    }

    private void take(Work work) {
        if (over.get()) {
            return;
        }
        try {
            work.run();
        } catch (IOException | RuntimeException e) {
            end(new IOException("an answer that cannot be read: " + SpeechServer.reason(e), e));
            close();
        }
    }
}
