package dev.stride.voice;

/**
 * One line of a call's history.
 *
 * @param role who said it
 * @param text what was said; of our own side only what was heard
 * @param isCutOff whether the user spoke before it was whole
 */
public record CallLine(Role role, String text, boolean isCutOff) {
    /** Who said a line. */
    public enum Role {
        /** The person who calls. */
        USER,
        /** The model. */
        MODEL
    }
}
