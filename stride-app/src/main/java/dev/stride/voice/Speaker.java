package dev.stride.voice;

import java.util.List;

/**
 * An engine that speaks: it opens a session for each answer. Its methods neither throw nor wait; what goes wrong comes as an
 * event. Any thread may call, one at a time for each session.
 */
public interface Speaker extends AutoCloseable {
    /** The engine's name, as settings and {@link EngineFailure} give it. */
    String name();

    /** The voices that can be asked for, the first one being that of an empty wish. */
    List<Voice> voices();

    /** Begins an answer in a voice; an empty or unknown name is the first one. */
    Session open(String voice, Listener listener);

    /** Lets go of what it holds; sessions are ended by their calls. */
    @Override
    void close();

    /**
     * A voice.
     *
     * @param id what an engine is asked for
     * @param label for people
     * @param languages the languages that it speaks well, as {@code zh} and {@code en}, separated by commas
     */
    record Voice(String id, String label, String languages) {}

    /** One answer. */
    interface Session {
        /** Takes the next piece of text. */
        void say(int piece, String text);

        /** Says that there are no more pieces. */
        void finish();

        /** Gives the answer up; no event comes any more. */
        void cancel();
    }

    /** What a session says, from threads of the engine; after {@code done} or {@code failed} nothing more. */
    interface Listener {
        /** Sound of a piece and of those before it that had none of their own. */
        void sound(int piece, Pcm chunk);

        /** All pieces have been spoken. */
        void done();

        /** The rest of the answer will not be heard. */
        void failed(EngineFailure failure);
    }
}
