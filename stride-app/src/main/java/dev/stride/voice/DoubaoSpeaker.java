package dev.stride.voice;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.http.HttpClient;
import java.util.List;

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
        return new Answer(voice, new OneEnd(listener));
    }

    @Override
    public void close() {}

    private final class Answer implements Session, DoubaoSession.Receiver {
        private final String voice;
        private final OneEnd listener;
        private final SentencePieces pieces = new SentencePieces();
        private final SampleBytes bytes = new SampleBytes();
        private final DoubaoSession session;
        private boolean heardAnything;

        Answer(String voice, OneEnd listener) {
            this.voice = voice;
            this.listener = listener;
            session = new DoubaoSession(
                    name(),
                    doubao,
                    client,
                    doubao.at(PATH),
                    doubao.headers(resource),
                    wish(Doubao.START_SESSION, ""),
                    this);
        }

        @Override
        public synchronized void say(int piece, String text) {
            if (!listener.isOver()) {
                pieces.add(piece, text);
                session.send(Doubao.TASK, wish(Doubao.TASK, text));
            }
        }

        @Override
        public synchronized void finish() {
            if (!listener.isOver()) {
                session.send(Doubao.FINISH_SESSION, "{}");
            }
        }

        @Override
        public synchronized void cancel() {
            if (listener.cancel()) {
                session.cancel();
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
        public synchronized void event(DoubaoFrame frame) throws IOException {
            switch (frame.event()) {
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
            short[] samples = bytes.take(payload);
            if (samples.length > 0) {
                heardAnything = true;
                listener.sound(pieces.current(), new Pcm(samples, RATE));
            }
        }

        private void finished() {
            session.close();
            if (pieces.isEmpty() || heardAnything) {
                listener.done();
            } else {
                // an unknown voice is no error there, only silence
                listener.failed(new EngineFailure(
                        name(),
                        name() + ": the answer has no sound; does the voice " + voice + " fit the resource " + resource
                                + "?",
                        false));
            }
        }

        @Override
        public void failed(EngineFailure failure) {
            listener.failed(failure);
        }
    }
}
