package dev.stride.voice;

/**
 * What may be heard and sent in Doubao's dialogue, whose own model answers each turn too: its sound is let through only from
 * the moment in which our text begins to be spoken until that ends. The numbers are the service's events.
 */
final class DialogueGate {
    static final int HEARS_SPEECH = 450;
    static final int HEARS_END = 459;
    static final int SENTENCE_START = 350;
    static final int SPEECH_END = 359;
    private static final String OURS = "chat_tts_text";

    private boolean isAsked;
    private boolean hadTurn;
    private boolean isOpen;
    private boolean greets;

    /** Whether our text may be sent now: after a turn of the user, and not while a new one is heard. */
    boolean maySend() {
        return hadTurn && !isAsked;
    }

    /** Whether the user has not spoken yet, so that only a greeting can be said. */
    boolean isBeforeFirstTurn() {
        return !hadTurn && !isAsked;
    }

    /** Whether sound is ours and to be played. */
    boolean isOpen() {
        return isOpen;
    }

    /** Our greeting was sent: the next sentence is ours, however it is called. */
    void greet() {
        greets = true;
    }

    /** Nobody waits for sound any more. */
    void shut() {
        isOpen = false;
        greets = false;
    }

    void hearsSpeech() {
        isAsked = true;
        shut();
    }

    void hearsEnd() {
        isAsked = false;
        hadTurn = true;
    }

    /** A sentence begins. */
    void sentence(String type) {
        isOpen = type.equals(OURS) || greets;
    }

    /** The speech that was heard ends; true if it was ours. */
    boolean speechEnds() {
        boolean ours = isOpen;
        shut();
        return ours;
    }
}
