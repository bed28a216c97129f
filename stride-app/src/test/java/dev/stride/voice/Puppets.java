package dev.stride.voice;

import java.util.ArrayList;
import java.util.List;

/** Engines without a mind of their own: a test says what they hear, think and say. */
final class Puppets {
    private Puppets() {}

    /** Loud samples are speech. */
    static final class Activity implements VoiceActivity {
        boolean isBroken;
        boolean isClosed;

        @Override
        public float probability(short[] frame) {
            if (isBroken) {
                throw new IllegalStateException("broken");
            }
            return frame[0] > 1_000 ? 0.9f : 0.01f;
        }

        @Override
        public void reset() {}

        @Override
        public void close() {
            isClosed = true;
        }
    }

    /** Keeps its sessions. */
    static final class Ears implements Recognizer {
        final List<Turn> turns = new ArrayList<>();
        final String name;
        boolean hearsInPieces;

        Ears(String name) {
            this.name = name;
        }

        static final class Turn implements Session {
            final Listener listener;
            int samples;
            boolean isFinished;
            boolean isCancelled;

            Turn(Listener listener) {
                this.listener = listener;
            }

            @Override
            public void feed(short[] more) {
                samples += more.length;
            }

            @Override
            public void finish() {
                isFinished = true;
            }

            @Override
            public void cancel() {
                isCancelled = true;
            }
        }

        Turn last() {
            return turns.get(turns.size() - 1);
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public boolean marksSentences() {
            return true;
        }

        @Override
        public boolean hearsInPieces() {
            return hearsInPieces;
        }

        @Override
        public Session open(Listener listener) {
            turns.add(new Turn(listener));
            return last();
        }

        @Override
        public void close() {}
    }

    /** Speaks 100 ms for each character, at once or when told. */
    static final class Voice implements Speaker {
        final List<Answer> answers = new ArrayList<>();
        boolean isMute;

        static final class Answer implements Session {
            final Listener listener;
            final boolean isMute;
            final List<String> said = new ArrayList<>();
            boolean isFinished;
            boolean isCancelled;

            Answer(Listener listener, boolean isMute) {
                this.listener = listener;
                this.isMute = isMute;
            }

            @Override
            public void say(int piece, String text) {
                said.add(piece + " " + text);
                if (!isMute) {
                    listener.sound(piece, Tones.tone(300, 16_000, 0.1 * text.length(), 9_000));
                }
            }

            @Override
            public void finish() {
                isFinished = true;
                if (!isMute) {
                    listener.done();
                }
            }

            @Override
            public void cancel() {
                isCancelled = true;
            }
        }

        Answer last() {
            return answers.get(answers.size() - 1);
        }

        @Override
        public String name() {
            return "puppet";
        }

        @Override
        public List<Speaker.Voice> voices() {
            return List.of();
        }

        @Override
        public Session open(String voice, Listener listener) {
            answers.add(new Answer(listener, isMute));
            return last();
        }

        @Override
        public void close() {}
    }

    /** Keeps what it was asked. */
    static final class Mind implements Answerer {
        final List<List<CallLine>> asked = new ArrayList<>();
        final List<Listener> listeners = new ArrayList<>();
        int cancelled;

        @Override
        public Running answer(List<CallLine> lines, Listener listener) {
            asked.add(lines);
            listeners.add(listener);
            return () -> cancelled++;
        }

        Listener last() {
            return listeners.get(listeners.size() - 1);
        }
    }
}
