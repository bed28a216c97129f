package dev.stride.serve;

import dev.stride.voice.Pcm;
import dev.stride.voice.Speaker;
import java.util.List;

/**
 * A client that speaks the pieces of an answer with a voice of its own. The call gets silence of about their length instead of
 * sound, so that it knows when they are over and, at an interruption, about how much was heard.
 */
final class PageSpeaker implements Speaker {
    static final String NAME = "client";

    private static final int RATE = 8_000;
    private static final double CHINESE_MILLIS = 220; // a character, at the usual speed of browsers' voices
    private static final double OTHER_MILLIS = 65;

    private final Told told;

    /** What the client is told. */
    interface Told {
        void piece(int piece, String text);
    }

    PageSpeaker(Told told) {
        this.told = told;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Voice> voices() {
        return List.of();
    }

    @Override
    public Session open(String voice, Listener listener) {
        return new Session() {
            @Override
            public void say(int piece, String text) {
                told.piece(piece, text);
                listener.sound(piece, new Pcm(new short[(int) (RATE / 1_000.0 * millis(text))], RATE));
            }

            @Override
            public void finish() {
                listener.done();
            }

            @Override
            public void cancel() {
                // the call tells the client itself that it was interrupted
            }
        };
    }

    @Override
    public void close() {
        // nothing is held
    }

    static double millis(String text) {
        return text.codePoints()
                .mapToDouble(c -> Character.isIdeographic(c) ? CHINESE_MILLIS : OTHER_MILLIS)
                .sum();
    }
}
