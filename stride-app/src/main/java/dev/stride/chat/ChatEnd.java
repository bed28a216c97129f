package dev.stride.chat;

import java.time.Duration;

/**
 * How an answer ended.
 *
 * @param reason why
 * @param message what went wrong, where it failed; else empty
 * @param text the whole text, without stop token and stop text
 * @param newIds every chosen token, the stop token included where one ended the answer
 * @param promptTokens tokens of the prompt
 * @param cachedTokens those of them that another sequence had computed already
 * @param waited from the request until the prompt's first token was computed
 * @param firstToken from the request until the first new token; equal to {@code total} where there is none
 * @param total from the request to the end
 */
public record ChatEnd(
        Reason reason,
        String message,
        String text,
        int[] newIds,
        int promptTokens,
        int cachedTokens,
        Duration waited,
        Duration firstToken,
        Duration total) {
    /** Why an answer ended. */
    public enum Reason {
        /** A stop id or a stop text. */
        STOP,
        /** The most new tokens that were allowed. */
        LENGTH,
        /** Whoever asked has cancelled it. */
        CANCELLED,
        /** The engine closed before it was done. */
        CLOSED,
        /** The model could not go on; the message says why. */
        FAILED
    }

    public ChatEnd {
        newIds = newIds.clone();
    }

    /** Chosen tokens. */
    public int newTokens() {
        return newIds.length;
    }

    @Override
    public int[] newIds() {
        return newIds.clone();
    }
}
