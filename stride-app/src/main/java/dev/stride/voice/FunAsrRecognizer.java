package dev.stride.voice;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * FunASR's websocket runtime in its mode {@code 2pass}: a first pass says new words as they come, a second one says each
 * closed stretch again, better. One websocket for each turn.
 */
final class FunAsrRecognizer implements Recognizer {
    private static final int QUIET_MILLIS = 400;
    private static final int PACKET = Pcm.SPEECH_RATE * 60 / 1_000;

    private final URI address;
    private final HttpClient client;

    FunAsrRecognizer(URI address, HttpClient client) {
        this.address = address;
        this.client = client;
    }

    @Override
    public String name() {
        return "funasr";
    }

    @Override
    public boolean marksSentences() {
        return true;
    }

    @Override
    public Session open(Listener listener) {
        Turn turn = new Turn(listener);
        turn.begin();
        return turn;
    }

    @Override
    public void close() {}

    private final class Turn extends SocketTurn {
        private final FrameSocket socket;
        private final StringBuilder closed = new StringBuilder();
        private final StringBuilder open = new StringBuilder();
        private volatile int answers;

        Turn(Listener listener) {
            super(listener, PACKET);
            socket = FrameSocket.open(client, address, Map.of(), this);
        }

        @Override
        FrameSocket socket() {
            return socket;
        }

        void begin() {
            ObjectNode start = Doubao.JSON.createObjectNode();
            start.put("mode", "2pass");
            start.putArray("chunk_size").add(5).add(10).add(5);
            start.put("chunk_interval", 10)
                    .put("wav_name", "turn")
                    .put("wav_format", "pcm")
                    .put("audio_fs", Pcm.SPEECH_RATE)
                    .put("is_speaking", true)
                    .put("itn", true);
            socket.send(start.toString());
        }

        @Override
        void send(Pcm part) {
            socket.send(part.toBytes());
        }

        @Override
        void sendLast(Pcm rest) {
            if (rest.samples().length > 0) {
                socket.send(rest.toBytes());
            }
            socket.send("{\"is_speaking\":false}");
        }

        @Override
        public void text(String message) throws IOException {
            JsonNode answer = Doubao.JSON.readTree(message);
            boolean second = answer.path("mode").asText("").endsWith("offline");
            String words = answer.path("text").asText("");
            if (second) {
                open.setLength(0);
                closed.append(words);
            } else {
                open.append(words);
            }
            String all = (closed.toString() + open).strip();
            if (!words.isBlank()) {
                listener.partial(all);
            }
            if (!isFinished()) {
                return;
            }
            int now = answers + 1;
            answers = now;
            if (answer.path("is_final").asBoolean(false)) {
                end(all);
            } else if (second) {
                // some servers never say that it is final; what comes within a moment belongs to it
                CompletableFuture.delayedExecutor(QUIET_MILLIS, TimeUnit.MILLISECONDS)
                        .execute(() -> {
                            if (now == answers) {
                                end(all);
                            }
                        });
            }
        }

        private void end(String all) {
            listener.result(all);
            socket.close();
        }

        @Override
        public void frame(byte[] message) {
            // it answers in text alone; what else comes says nothing
        }

        @Override
        public void ended(String why, boolean passing) {
            listener.failed(new EngineFailure(name(), name() + ": " + why, passing));
        }
    }
}
