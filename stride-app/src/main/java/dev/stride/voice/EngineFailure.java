package dev.stride.voice;

/**
 * An engine could not do what it was asked for. The call goes on.
 *
 * @param engine its name
 * @param message what happened and what to do, for people; never a key
 * @param isPassing whether the same may work in a moment
 */
public record EngineFailure(String engine, String message, boolean isPassing) {}
