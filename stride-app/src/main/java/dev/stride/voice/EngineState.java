package dev.stride.voice;

/**
 * Whether an engine can be used on this machine, for people.
 *
 * @param name its name in the settings
 * @param part what it does
 * @param isReady whether a call would use it
 * @param where what it is: a program's path, a server's address; what is said there is sent there
 * @param advice why it is not ready and what to do; empty when it is
 */
public record EngineState(String name, Part part, boolean isReady, String where, String advice) {
    /** What an engine does. */
    public enum Part {
        /** Tells speech from silence. */
        ACTIVITY,
        /** Makes text of speech. */
        HEARS,
        /** Makes speech of text. */
        SPEAKS
    }
}
