package dev.stride.voice;

/** What our side of a call does. */
public enum Phase {
    /** Nothing: the user may speak at ease. */
    IDLE,
    /** The model thinks about an answer of which nothing was heard yet. */
    THINKING,
    /** The answer is heard. */
    SPEAKING
}
