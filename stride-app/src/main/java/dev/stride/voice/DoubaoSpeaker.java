package dev.stride.voice;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/**
 * Doubao's speech in both directions (document 6561/1329505): one websocket and one session for each answer, opened before
 * the first text so that its way there costs nothing. Text goes up as it comes, and the service cuts it into sentences; each
 * sound is counted for the last piece of its sentence.
 */
final class DoubaoSpeaker implements Speaker {
    static final String PATH = "/api/v3/tts/bidirection";
    private static final int RATE = 24_000;

    private final Doubao doubao;
    private final String resource;
    private final List<Voice> voices;
    private final HttpClient client;

    DoubaoSpeaker(Doubao doubao, String resource, List<Voice> voices, HttpClient client) {
        this.doubao = doubao;
        this.resource = resource;
        this.voices = List.copyOf(voices);
        this.client = client;
    }

    @Override
    public String name() {
        return "doubao";
    }

    @Override
    public List<Voice> voices() {
        return voices;
    }

    @Override
    public Session open(String wish, Listener listener) {
        String voice = wish.isEmpty() ? voices.get(0).id() : wish;
        Answer answer = new Answer(voice, new OneEnd(listener));
        answer.begin();
        return answer;
    }

    @Override
    public void close() {}

    private final class Answer implements Session, FrameSocket.Receiver {
        private final String voice;
        private final OneEnd listener;
        private final String id = UUID.randomUUID().toString();
        private final FrameSocket socket;
        private final SentencePieces pieces = new SentencePieces();
        private final List<byte[]> waiting = new ArrayList<>();
        private boolean isOpen;
        private boolean heardAnything;
        private byte[] odd = new byte[0];

        Answer(String voice, OneEnd listener) {
            this.voice = voice;
            this.listener = listener;
            socket = FrameSocket.open(client, doubao.at(PATH), doubao.headers(resource), this);
        }

        void begin() {
            socket.send(DoubaoFrame.text(Doubao.START_CONNECTION, "", "{}").encode());
        }

        @Override
        public synchronized void say(int piece, String text) {
            if (!listener.isOver()) {
                pieces.add(piece, text);
                sendLater(DoubaoFrame.text(Doubao.TASK, id, wish(Doubao.TASK, text))
                        .encode());
            }
        }

        @Override
        public synchronized void finish() {
            if (!listener.isOver()) {
                sendLater(DoubaoFrame.text(Doubao.FINISH_SESSION, id, "{}").encode());
            }
        }

        @Override
        public synchronized void cancel() {
            if (listener.cancel()) {
                if (isOpen) {
                    socket.send(
                            DoubaoFrame.text(Doubao.CANCEL_SESSION, id, "{}").encode());
                }
                socket.close();
            }
        }

        private void sendLater(byte[] frame) {
            if (isOpen) {
                socket.send(frame);
            } else {
                waiting.add(frame);
            }
        }

        private String wish(int event, String text) {
            ObjectNode root = Doubao.JSON.createObjectNode();
            root.putObject("user").put("uid", "stride");
            root.put("event", event).put("namespace", "BidirectionalTTS");
            ObjectNode params = root.putObject("req_params");
            if (event == Doubao.TASK) {
                params.put("text", text);
            } else {
                params.put("speaker", voice);
                params.putObject("audio_params").put("format", "pcm").put("sample_rate", RATE);
            }
            return root.toString();
        }

        @Override
        public synchronized void frame(byte[] message) throws IOException {
            DoubaoFrame frame = DoubaoFrame.decode(message);
            if (frame.type() == DoubaoFrame.ERROR) {
                fail(doubao.failure(name(), frame.code(), frame.text()));
                return;
            }
            if (!frame.id().isEmpty() && !frame.id().equals(id)) {
                return;
            }
            switch (frame.event()) {
                case Doubao.CONNECTION_STARTED ->
                    socket.send(DoubaoFrame.text(Doubao.START_SESSION, id, wish(Doubao.START_SESSION, ""))
                            .encode());
                case Doubao.SESSION_STARTED -> {
                    isOpen = true;
                    waiting.forEach(socket::send);
                    waiting.clear();
                }
                case Doubao.CONNECTION_FAILED, Doubao.SESSION_FAILED -> fail(doubao.failure(name(), 0, frame.text()));
                case Doubao.SENTENCE_START ->
                    pieces.sentence(
                            Doubao.JSON.readTree(frame.text()).path("text").asText(""));
                case Doubao.SOUND -> sound(frame.payload());
                case Doubao.SESSION_FINISHED -> finished();
                default -> {
                    // more events are documented than are needed here, and more may come
                }
            }
        }

        private void sound(byte[] payload) {
            byte[] all = Arrays.copyOf(odd, odd.length + payload.length);
            System.arraycopy(payload, 0, all, odd.length, payload.length);
            int whole = all.length / 2 * 2;
            odd = Arrays.copyOfRange(all, whole, all.length);
            if (whole > 0) {
                heardAnything = true;
                listener.sound(pieces.current(), Pcm.ofBytes(Arrays.copyOf(all, whole), RATE));
            }
        }

        private void finished() {
            if (pieces.isEmpty() || heardAnything) {
                listener.done();
                socket.send(DoubaoFrame.text(Doubao.FINISH_CONNECTION, "", "{}").encode());
                socket.close();
            } else {
                // an unknown voice is no error there, only silence
                fail(new EngineFailure(
                        name(),
                        name() + ": the answer has no sound; does the voice " + voice + " fit the resource " + resource
                                + "?",
                        false));
            }
        }

        private void fail(EngineFailure failure) {
            listener.failed(failure);
            socket.close();
        }

        @Override
        public void text(String message) {
            fail(doubao.failure(name(), 0, message));
        }

        @Override
        public void ended(String why, boolean passing) {
            listener.failed(new EngineFailure(name(), name() + ": " + doubao.hideIn(why), passing));
        }
    }
}
