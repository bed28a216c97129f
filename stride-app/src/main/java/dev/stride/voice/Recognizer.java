package dev.stride.voice;

/**
 * An engine that hears: it opens a session for each turn. Its methods neither throw nor wait; what goes wrong comes as an
 * event. Any thread may call, one at a time for each session.
 */
public interface Recognizer extends AutoCloseable {
    /** The engine's name, as settings and {@link EngineFailure} give it. */
    String name();

    /** Whether its partial texts have marks of sentences, by which the end of a turn shows sooner. */
    boolean marksSentences();

    /**
     * Whether a turn may be given to it in pieces that are cut at pauses, each in a session of its own: it hears them as well
     * alone, and one more session costs nothing but a little work of this machine.
     */
    default boolean hearsInPieces() {
        return false;
    }

    /** Whether it belongs to one call, which closes it at its end. */
    default boolean isOfOneCall() {
        return false;
    }

    /** Begins to listen to one turn. */
    Session open(Listener listener);

    /** Lets go of what it holds; sessions are ended by their calls. */
    @Override
    void close();

    /** One turn's sound. */
    interface Session {
        /** Takes the next samples, at {@link Pcm#SPEECH_RATE}; they are not changed by the caller afterwards. */
        void feed(short[] samples);

        /** Says that the turn is over; the text comes as {@link Listener#result}. */
        void finish();

        /** Gives the turn up; no event comes any more. */
        void cancel();
    }

    /** What a session says, from threads of the engine; after {@code result} or {@code failed} nothing more. */
    interface Listener {
        /** The text so far, all of it; it may still change. */
        void partial(String text);

        /** The text of the whole turn, empty when nothing was recognised. */
        void result(String text);

        /** The turn's text is lost. */
        void failed(EngineFailure failure);
    }
}
