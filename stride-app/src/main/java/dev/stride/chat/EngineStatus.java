package dev.stride.chat;

import java.util.Map;

/**
 * What an engine does now and has done since its start.
 *
 * @param answering requests that are computed now
 * @param waiting requests that wait
 * @param cacheTokens tokens that the cache can hold
 * @param cacheTokensHeld those that running answers have or have reserved
 * @param cacheTokensKept those of ended answers, which are given up when room is needed
 * @param promptTokens tokens of all prompts that were taken in
 * @param cachedTokens those of them that were not computed again
 * @param newTokens tokens that were chosen
 * @param passes forward passes
 * @param ended answers by the reason of their end
 */
public record EngineStatus(
        int answering,
        int waiting,
        long cacheTokens,
        long cacheTokensHeld,
        long cacheTokensKept,
        long promptTokens,
        long cachedTokens,
        long newTokens,
        long passes,
        Map<ChatEnd.Reason, Long> ended) {
    public EngineStatus {
        ended = Map.copyOf(ended);
    }

    /** What is in the cache, and how many passes there were. */
    record Cache(long places, long held, long kept, long passes) {}
}
