package dev.stride.serve;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.jspecify.annotations.Nullable;

/** The websocket of one call. Jetty asks that it is public. */
public final class CallSocket extends Session.Listener.AbstractAutoDemanding {
    private static final int MOST_WAITING = 4_096; // messages that a client has not taken
    private static final int TOO_SLOW = 1008;

    private static final int BUSY = 1013;

    private final Opening opening;
    private final AtomicInteger waiting = new AtomicInteger();
    private @Nullable RealtimeCall call;

    /** Begins a call on a line that is open. */
    interface Opening {
        /** @throws Wrong where there are too many already */
        RealtimeCall open(RealtimeCall.Line line) throws Wrong;
    }

    CallSocket(Opening opening) {
        this.opening = opening;
    }

    @Override
    public void onWebSocketOpen(Session session) {
        super.onWebSocketOpen(session);
        RealtimeCall.Line line = new RealtimeCall.Line() {
            @Override
            public void send(String text) {
                if (take(session)) {
                    session.sendText(text, Callback.from(waiting::decrementAndGet, error -> waiting.decrementAndGet()));
                }
            }

            @Override
            public void send(ByteBuffer bytes) {
                if (take(session)) {
                    session.sendBinary(
                            bytes, Callback.from(waiting::decrementAndGet, error -> waiting.decrementAndGet()));
                }
            }
        };
        try {
            call = opening.open(line);
        } catch (Wrong e) {
            session.close(BUSY, String.valueOf(e.getMessage()), Callback.NOOP);
        }
    }

    private boolean take(Session session) {
        if (!session.isOpen()) {
            return false;
        }
        if (waiting.incrementAndGet() > MOST_WAITING) {
            session.close(TOO_SLOW, "the client takes nothing", Callback.NOOP);
            return false;
        }
        return true;
    }

    @Override
    public void onWebSocketText(String text) {
        RealtimeCall open = call;
        if (open != null) {
            open.text(text);
        }
    }

    @Override
    public void onWebSocketBinary(ByteBuffer bytes, Callback callback) {
        byte[] sound = new byte[bytes.remaining()];
        bytes.get(sound);
        callback.succeed();
        RealtimeCall open = call;
        if (open != null) {
            open.sound(sound);
        }
    }

    @Override
    public void onWebSocketError(Throwable cause) {
        end();
    }

    @Override
    public void onWebSocketClose(int status, String reason) {
        end();
    }

    private synchronized void end() {
        RealtimeCall open = call;
        call = null;
        if (open != null) {
            open.close();
        }
    }
}
