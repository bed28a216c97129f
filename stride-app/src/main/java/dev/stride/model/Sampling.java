package dev.stride.model;

import dev.stride.config.UserException;
import java.util.Set;

/**
 * How the next token is chosen.
 *
 * @param temperature divides the logits; 0 means greedy: the most probable token
 * @param topK only the k most probable tokens may be chosen; 0 means all
 * @param topP only the most probable tokens that together reach this probability may be chosen; 1 means all
 * @param maxNewTokens a row ends after this many new tokens
 * @param stopIds a row ends after any of these
 * @param seed of the choices; the same seed and batch give the same texts
 */
public record Sampling(double temperature, int topK, double topP, int maxNewTokens, Set<Integer> stopIds, long seed) {
    public Sampling {
        if (!(temperature >= 0) || topK < 0 || !(topP > 0 && topP <= 1) || maxNewTokens < 1) {
            throw new UserException("sampling: temperature " + temperature + ", top-k " + topK + ", top-p " + topP
                    + ", new tokens " + maxNewTokens
                    + "; allowed: temperature >= 0, top-k >= 0, 0 < top-p <= 1, new tokens >= 1");
        }
        stopIds = Set.copyOf(stopIds);
    }

    /** The most probable token each time. */
    public static Sampling greedy(int maxNewTokens, Set<Integer> stopIds) {
        return new Sampling(0, 0, 1, maxNewTokens, stopIds, 0);
    }
}
