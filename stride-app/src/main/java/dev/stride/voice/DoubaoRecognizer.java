package dev.stride.voice;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;

/**
 * Doubao's streaming recognition (document 6561/1354869): one websocket for each turn, since its last packet closes it.
 * Sound goes up in packets of 200 ms; each answer has the whole text so far.
 *
 * <p>Two ways of numbering packets are in use by clients of it; {@code sequenced} chooses the one with sequences.
 */
final class DoubaoRecognizer implements Recognizer {
    static final String PATH = "/api/v3/sauc/bigmodel_async";
    private static final int PACKET = Pcm.SPEECH_RATE / 5;

    private final Doubao doubao;
    private final String resource;
    private final boolean sequenced;
    private final HttpClient client;

    DoubaoRecognizer(Doubao doubao, String resource, boolean sequenced, HttpClient client) {
        this.doubao = doubao;
        this.resource = resource;
        this.sequenced = sequenced;
        this.client = client;
    }

    @Override
    public String name() {
        return "doubao";
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
        private int sequence;
        private volatile String text = "";

        Turn(Listener listener) {
            super(listener, PACKET);
            socket = FrameSocket.open(client, doubao.at(PATH), doubao.headers(resource), this);
        }

        @Override
        FrameSocket socket() {
            return socket;
        }

        void begin() {
            packet(DoubaoFrame.TEXT_UP, request().getBytes(StandardCharsets.UTF_8), false);
        }

        @Override
        void send(Pcm part) {
            packet(DoubaoFrame.AUDIO_UP, part.toBytes(), false);
        }

        @Override
        void sendLast(Pcm rest) {
            packet(DoubaoFrame.AUDIO_UP, rest.toBytes(), true);
        }

        private void packet(int type, byte[] payload, boolean last) {
            boolean json = type == DoubaoFrame.TEXT_UP;
            // the last packet has no sequence in either way
            int flags = last ? DoubaoFrame.LAST : sequenced ? DoubaoFrame.WITH_SEQUENCE : 0;
            sequence++;
            socket.send(new DoubaoFrame(type, flags, json, true, 0, sequence, 0, "", payload).encode());
        }

        private String request() {
            ObjectNode root = Doubao.JSON.createObjectNode();
            root.putObject("user").put("uid", "stride");
            root.putObject("audio")
                    .put("format", "pcm")
                    .put("codec", "raw")
                    .put("rate", Pcm.SPEECH_RATE)
                    .put("bits", 16)
                    .put("channel", 1);
            root.putObject("request")
                    .put("model_name", "bigmodel")
                    .put("enable_itn", true)
                    .put("enable_punc", true)
                    .put("show_utterances", true)
                    .put("result_type", "full");
            return root.toString();
        }

        @Override
        public void frame(byte[] message) throws IOException {
            DoubaoFrame frame = DoubaoFrame.decode(message);
            if (frame.type() == DoubaoFrame.ERROR) {
                listener.failed(doubao.failure(name(), frame.code(), frame.text()));
                socket.close();
                return;
            }
            if (frame.type() != DoubaoFrame.TEXT_DOWN) {
                return;
            }
            if (frame.payload().length > 0) {
                JsonNode result = Doubao.JSON.readTree(frame.text()).path("result");
                // some of these services give a list of one
                String now = (result.isArray() ? result.path(0) : result)
                        .path("text")
                        .asText("")
                        .strip();
                if (!now.isEmpty() && !now.equals(text)) {
                    text = now;
                    listener.partial(now);
                }
            }
            if (frame.isLast()) {
                listener.result(text);
                socket.close();
            }
        }

        @Override
        public void text(String message) {
            // this service speaks in binary frames alone
            listener.failed(doubao.failure(name(), 0, message));
            socket.close();
        }

        @Override
        public void ended(String why, boolean passing) {
            if (isFinished() && !text.isEmpty()) {
                // it closes behind the last packet, now and then before it has marked its last answer
                listener.result(text);
            } else {
                listener.failed(new EngineFailure(name(), name() + ": " + doubao.hideIn(why), passing));
            }
        }
    }
}
