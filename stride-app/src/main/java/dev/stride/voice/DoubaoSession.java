package dev.stride.voice;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * One websocket with one session of Doubao's services that have events: it is opened by StartConnection and StartSession,
 * and what is sent before the service is ready waits. Frames of other sessions are dropped.
 */
final class DoubaoSession implements FrameSocket.Receiver {
    /** What comes in, one at a time. */
    interface Receiver {
        /** An event of the session. */
        void event(DoubaoFrame frame) throws IOException;

        /** The session is lost; once. */
        void failed(EngineFailure failure);
    }

    private static final int CONNECTION_FINISHED = 52;
    private static final long GOODBYE_SECONDS = 3;

    private final String engine;
    private final Doubao doubao;
    private final String start;
    private final Receiver receiver;
    private final FrameSocket socket;
    private final String id = UUID.randomUUID().toString();
    private final List<byte[]> waiting = new ArrayList<>();
    private boolean isOpen;
    private boolean isLeaving;
    private boolean isOver;

    /**
     * Begins to open a session.
     *
     * @param engine the engine's name
     * @param start the payload of StartSession
     */
    DoubaoSession(
            String engine,
            Doubao doubao,
            HttpClient client,
            URI address,
            Map<String, String> headers,
            String start,
            Receiver receiver) {
        this.engine = engine;
        this.doubao = doubao;
        this.start = start;
        this.receiver = receiver;
        socket = FrameSocket.open(client, address, headers, this);
        socket.send(DoubaoFrame.text(Doubao.START_CONNECTION, "", "{}").encode());
    }

    void send(int event, String json) {
        later(DoubaoFrame.text(event, id, json).encode());
    }

    void sound(byte[] samples) {
        later(DoubaoFrame.audio(Doubao.TASK, id, samples).encode());
    }

    private synchronized void later(byte[] frame) {
        if (isOpen) {
            socket.send(frame);
        } else if (!isOver) {
            waiting.add(frame);
        }
    }

    /** Breaks the session off. */
    synchronized void cancel() {
        isOver = true;
        if (isOpen) {
            socket.send(DoubaoFrame.text(Doubao.CANCEL_SESSION, id, "{}").encode());
        }
        socket.close();
    }

    /** Closes the line behind a session that has ended. */
    synchronized void close() {
        isOver = true;
        if (isOpen) {
            socket.send(DoubaoFrame.text(Doubao.FINISH_CONNECTION, "", "{}").encode());
        }
        socket.close();
    }

    /** Ends the session as the documents ask for, and the line when the service has agreed, or soon. */
    synchronized void leave() {
        isOver = true;
        isLeaving = true;
        socket.send(DoubaoFrame.text(Doubao.FINISH_SESSION, id, "{}").encode());
        CompletableFuture.delayedExecutor(GOODBYE_SECONDS, TimeUnit.SECONDS).execute(socket::close);
    }

    @Override
    public void frame(byte[] message) throws IOException {
        DoubaoFrame frame = DoubaoFrame.decode(message);
        boolean isMine = frame.id().isEmpty() || frame.id().equals(id);
        if (!isMine || isSettled(frame.event())) {
            return;
        }
        if (frame.type() == DoubaoFrame.ERROR) {
            fail(doubao.failure(engine, frame.code(), frame.text()));
            return;
        }
        switch (frame.event()) {
            case Doubao.CONNECTION_FAILED, Doubao.SESSION_FAILED, Doubao.DIALOG_ERROR ->
                fail(doubao.failure(engine, 0, frame.text()));
            default -> receiver.event(frame);
        }
    }

    /** Does what opens and closes a session; true if there is no more to it. */
    private synchronized boolean isSettled(int event) {
        if (isLeaving) {
            if (event == Doubao.SESSION_FINISHED) {
                socket.send(DoubaoFrame.text(Doubao.FINISH_CONNECTION, "", "{}").encode());
            } else if (event == CONNECTION_FINISHED) {
                socket.close();
            }
            return true;
        }
        if (event == Doubao.CONNECTION_STARTED) {
            socket.send(DoubaoFrame.text(Doubao.START_SESSION, id, start).encode());
            return true;
        }
        if (event == Doubao.SESSION_STARTED) {
            isOpen = true;
            waiting.forEach(socket::send);
            waiting.clear();
            return true;
        }
        return isOver;
    }

    @Override
    public void text(String message) {
        fail(doubao.failure(engine, 0, message));
    }

    @Override
    public void ended(String why, boolean passing) {
        fail(new EngineFailure(engine, engine + ": " + doubao.hideIn(why), passing));
    }

    private void fail(EngineFailure failure) {
        synchronized (this) {
            if (isOver) {
                return;
            }
            isOver = true;
            socket.close();
        }
        receiver.failed(failure);
    }
}
