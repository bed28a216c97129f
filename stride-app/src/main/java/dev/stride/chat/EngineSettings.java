package dev.stride.chat;

import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.util.ArrayList;
import java.util.List;

/**
 * The limits of an engine.
 *
 * @param answers computed at a time, of all models together
 * @param waiting requests that may wait besides; one more is refused
 * @param passTokens tokens of one pass at most: a long prompt is computed in parts of this, so that other answers go on
 * @param cacheBytes memory for keys and values, of all models together
 */
public record EngineSettings(int answers, int waiting, int passTokens, long cacheBytes) {
    public static final int ANSWERS = 16;
    public static final int WAITING = 64;
    public static final int PASS_TOKENS = 256;

    private static final long SMALLEST_DEFAULT = 64L << 20;
    private static final long LARGEST_DEFAULT = 16L << 30;

    /** @throws UserException with every limit that cannot be */
    public EngineSettings {
        List<Problem> problems = new ArrayList<>();
        check(problems, "answers", answers, 1);
        check(problems, "waiting", waiting, 0);
        check(problems, "pass tokens", passTokens, 1);
        check(problems, "cache bytes", cacheBytes, 1);
        if (!problems.isEmpty()) {
            throw new UserException("the limits of the engine cannot be these", problems);
        }
    }

    /**
     * Limits for a machine: a quarter of the memory that the weights leave is for keys and values, from 64 MiB to 16 GiB.
     *
     * @param memoryBytes of the machine, or of the card that computes
     * @param weightBytes of all models
     */
    public static EngineSettings planned(long memoryBytes, long weightBytes) {
        long quarter = (memoryBytes - weightBytes) / 4;
        return new EngineSettings(
                ANSWERS, WAITING, PASS_TOKENS, Math.max(SMALLEST_DEFAULT, Math.min(LARGEST_DEFAULT, quarter)));
    }

    /** The same with another number of answers at a time. */
    public EngineSettings withAnswers(int number) {
        return new EngineSettings(number, waiting, passTokens, cacheBytes);
    }

    /** The same with another length of the queue. */
    public EngineSettings withWaiting(int number) {
        return new EngineSettings(answers, number, passTokens, cacheBytes);
    }

    /** The same with passes of another length. */
    public EngineSettings withPassTokens(int number) {
        return new EngineSettings(answers, waiting, number, cacheBytes);
    }

    /** The same with another amount of memory for keys and values. */
    public EngineSettings withCacheBytes(long bytes) {
        return new EngineSettings(answers, waiting, passTokens, bytes);
    }

    private static void check(List<Problem> problems, String name, long value, int least) {
        if (value < least) {
            problems.add(Problem.of(name, Long.toString(value), "at least " + least));
        }
    }
}
