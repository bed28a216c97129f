package dev.stride.voice;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Doubao's realtime dialogue (document 6561/1594356) as the ear and the mouth of one call: one websocket for both. The
 * service's own model answers each turn as well; nothing turns that off, so its answers are not played ({@link DialogueGate})
 * and asked to be short, but they cost.
 *
 * <p>Where it hears the user it stops speaking by itself, so words of assent interrupt there. It takes our text only behind a turn that it heard itself; before the first one it can only greet.
 */
final class DoubaoDialogue implements Recognizer, Speaker {
    static final String PATH = "/api/v3/realtime/dialogue";
    private static final int FRAME = Pcm.SPEECH_RATE / 50;
    private static final int SAY_HELLO = 300;
    private static final int SAY = 500;
    private static final int HEARD = 451;
    /** Silence that is sent behind a turn, so that the service hears its end: its window and some. */
    private static final int PUMPED_FRAMES = 200;

    private final Doubao doubao;
    private final DialogueChoice choice;
    private final HttpClient client;
    private final DialogueGate gate = new DialogueGate();

    private @Nullable DoubaoSession session;
    private @Nullable Turn turn;
    private @Nullable Answer answer;

    DoubaoDialogue(Doubao doubao, DialogueChoice choice, HttpClient client) {
        this.doubao = doubao;
        this.choice = choice;
        this.client = client;
    }

    @Override
    public String name() {
        return "doubao dialogue";
    }

    @Override
    public boolean marksSentences() {
        return true;
    }

    @Override
    public boolean isOfOneCall() {
        return true;
    }

    @Override
    public List<Voice> voices() {
        return List.of(new Voice(choice.voice(), choice.voice(), "zh"));
    }

    @Override
    public synchronized Recognizer.Session open(Recognizer.Listener listener) {
        Turn mine = new Turn(new OneResult(listener));
        turn = mine;
        connect();
        return mine;
    }

    @Override
    public synchronized Speaker.Session open(String wish, Speaker.Listener listener) {
        Answer mine = new Answer(new OneEnd(listener));
        answer = mine;
        connect();
        return mine;
    }

    @Override
    public synchronized void close() {
        DoubaoSession leaving = session;
        session = null;
        turn = null;
        answer = null;
        if (leaving != null) {
            leaving.leave();
        }
    }

    private DoubaoSession connect() {
        DoubaoSession now = session;
        if (now == null) {
            Line line = new Line();
            now = new DoubaoSession(
                    name(), doubao, client, doubao.at(PATH), choice.headers(doubao), choice.startSession(), line);
            line.mine = now;
            session = now;
        }
        return now;
    }

    /** Hears one session; what an older one says is not listened to. */
    private final class Line implements DoubaoSession.Receiver {
        @Nullable
        DoubaoSession mine;

        @Override
        public void event(DoubaoFrame frame) throws IOException {
            synchronized (DoubaoDialogue.this) {
                if (session == mine) {
                    heard(frame);
                }
            }
        }

        /** The next turn or answer opens a new line. */
        @Override
        public void failed(EngineFailure failure) {
            synchronized (DoubaoDialogue.this) {
                if (session != mine) {
                    return;
                }
                session = null;
                gate.shut();
                EngineFailure shown =
                        new EngineFailure(name(), choice.appKey().hideIn(failure.message()), failure.isPassing());
                if (turn != null) {
                    turn.listener.failed(shown);
                }
                if (answer != null) {
                    answer.listener.failed(shown);
                }
            }
        }
    }

    private void heard(DoubaoFrame frame) throws IOException {
        switch (frame.event()) {
            case DialogueGate.HEARS_SPEECH -> {
                gate.hearsSpeech();
                if (turn != null) {
                    turn.isEnded = false;
                }
                if (answer != null && answer.isBegun) {
                    // it has stopped speaking by itself, and says nothing about it
                    answer.listener.done();
                }
            }
            case HEARD -> {
                if (turn != null) {
                    turn.text(Doubao.JSON.readTree(frame.text()).path("results"));
                }
            }
            case DialogueGate.HEARS_END -> {
                gate.hearsEnd();
                if (turn != null) {
                    turn.end();
                }
                if (answer != null) {
                    answer.sendWaiting();
                }
            }
            case DialogueGate.SENTENCE_START -> {
                JsonNode sentence = Doubao.JSON.readTree(frame.text());
                gate.sentence(sentence.path("tts_type").asText(""));
                if (gate.isOpen() && answer != null) {
                    answer.pieces.sentence(sentence.path("text").asText(""));
                }
            }
            case Doubao.SOUND -> {
                if (gate.isOpen() && answer != null) {
                    answer.sound(frame.payload());
                }
            }
            case DialogueGate.SPEECH_END -> {
                if (gate.speechEnds() && answer != null) {
                    answer.spoken();
                }
            }
            default -> {
                // the service's own words and numbers
            }
        }
    }

    private final class Turn implements Recognizer.Session {
        final OneResult listener;
        private final TurnSound sound = new TurnSound();
        private String text = "";
        private String closed = "";
        boolean isEnded;
        private boolean isFinished;

        Turn(OneResult listener) {
            this.listener = listener;
        }

        @Override
        public void feed(short[] samples) {
            synchronized (DoubaoDialogue.this) {
                if (turn == this && !isFinished) {
                    sound.add(samples);
                    sound.frames(FRAME).forEach(this::audio);
                }
            }
        }

        private void audio(short[] samples) {
            byte[] bytes = new Pcm(samples, Pcm.SPEECH_RATE).toBytes();
            connect().sound(bytes);
        }

        @Override
        public void finish() {
            synchronized (DoubaoDialogue.this) {
                isFinished = true;
                if (isEnded) {
                    listener.result(text);
                } else {
                    pump(PUMPED_FRAMES);
                }
            }
        }

        /** The service ends turns by the silence that it hears itself, in real time. */
        private void pump(int left) {
            synchronized (DoubaoDialogue.this) {
                if (left > 0 && turn == this && !listener.isOver() && session != null) {
                    audio(new short[FRAME]);
                    CompletableFuture.delayedExecutor(20, TimeUnit.MILLISECONDS).execute(() -> pump(left - 1));
                }
            }
        }

        @Override
        public void cancel() {
            synchronized (DoubaoDialogue.this) {
                listener.cancel();
            }
        }

        private void text(JsonNode results) {
            StringBuilder now = new StringBuilder();
            for (JsonNode result : results) {
                now.append(result.path("text").asText(""));
            }
            if (!now.toString().isBlank()) {
                text = closed + now.toString().strip();
                listener.partial(text);
            }
        }

        private void end() {
            isEnded = true;
            closed = text;
            if (isFinished) {
                listener.result(text);
            }
        }
    }

    private final class Answer implements Speaker.Session {
        final OneEnd listener;
        final SentencePieces pieces = new SentencePieces();
        private final List<String> waiting = new ArrayList<>();
        private final StringBuilder greeting = new StringBuilder();
        private boolean isBegun;
        private boolean isWhole;
        private boolean isEndSent;
        private boolean hasSound;
        private final SampleBytes bytes = new SampleBytes();

        Answer(OneEnd listener) {
            this.listener = listener;
        }

        @Override
        public void say(int piece, String text) {
            synchronized (DoubaoDialogue.this) {
                if (answer == this) {
                    pieces.add(piece, text);
                    waiting.add(text);
                    sendWaiting();
                }
            }
        }

        @Override
        public void finish() {
            synchronized (DoubaoDialogue.this) {
                if (answer != this) {
                    return;
                }
                isWhole = true;
                if (pieces.isEmpty()) {
                    listener.done();
                } else {
                    sendWaiting();
                }
            }
        }

        @Override
        public void cancel() {
            synchronized (DoubaoDialogue.this) {
                listener.cancel();
                if (answer == this) {
                    // a round that was interrupted gets no end any more
                    answer = null;
                    gate.shut();
                }
            }
        }

        void sendWaiting() {
            if (listener.isOver()) {
                return;
            }
            if (gate.isBeforeFirstTurn()) {
                greet();
                return;
            }
            if (!gate.maySend()) {
                return;
            }
            for (String text : waiting) {
                connect().send(SAY, words(!isBegun, text, false));
                isBegun = true;
            }
            waiting.clear();
            if (isWhole && isBegun && !isEndSent) {
                isEndSent = true;
                connect().send(SAY, words(false, "", true));
            }
        }

        private void greet() {
            waiting.forEach(greeting::append);
            waiting.clear();
            if (isWhole && !isEndSent) {
                isEndSent = true;
                gate.greet();
                connect()
                        .send(
                                SAY_HELLO,
                                Doubao.JSON
                                        .createObjectNode()
                                        .put("content", greeting.toString())
                                        .toString());
            }
        }

        private String words(boolean start, String content, boolean end) {
            return Doubao.JSON
                    .createObjectNode()
                    .put("start", start)
                    .put("content", content)
                    .put("end", end)
                    .toString();
        }

        void sound(byte[] payload) {
            short[] samples = bytes.take(payload);
            if (samples.length > 0) {
                hasSound = true;
                listener.sound(pieces.current(), new Pcm(samples, DialogueChoice.RATE));
            }
        }

        void spoken() {
            if (!isEndSent) {
                return;
            }
            if (hasSound) {
                listener.done();
            } else {
                listener.failed(new EngineFailure(
                        name(),
                        name() + ": the answer has no sound; does the voice " + choice.voice() + " fit the model "
                                + choice.model() + "?",
                        false));
            }
        }
    }
}
