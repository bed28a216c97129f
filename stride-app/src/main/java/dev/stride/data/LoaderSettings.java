package dev.stride.data;

import java.util.ArrayList;
import java.util.List;

/**
 * How rows become updates and micro-batches.
 *
 * @param batch rows of an update, over all ranks and micro-batches; at least 1
 * @param microRows most rows of a micro-batch; 0 means that rows do not limit it
 * @param microTokens most tokens of a micro-batch, padding included; 0 means that tokens do not limit it; a longer example
 *     is alone in its micro-batch. One of the two limits is needed
 * @param packing examples laid end to end without padding, or filled up to the longest of the micro-batch
 * @param shuffle seeded order, another in each epoch, or file order
 * @param seed of the order and of the rows that a weight draws
 * @param rank this process, from 0
 * @param world number of processes, at least 1
 */
public record LoaderSettings(
        int batch, int microRows, int microTokens, boolean packing, boolean shuffle, long seed, int rank, int world) {
    public LoaderSettings {
        List<String> wrong = new ArrayList<>();
        if (batch < 1) {
            wrong.add("batch is " + batch + ", at least 1 is needed");
        }
        if (microRows < 0 || microTokens < 0 || microRows + (long) microTokens == 0) {
            wrong.add("microRows is " + microRows + " and microTokens " + microTokens
                    + ", one must be above 0 and none below");
        }
        if (world < 1 || rank < 0 || rank >= world) {
            wrong.add("rank is " + rank + " of " + world + ", it must be from 0 to world - 1");
        }
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", wrong));
        }
    }

    /** The first of {@code size} rows that is a rank's: each has consecutive ones, as many as any other or one more. */
    public static int edge(int size, int rank, int world) {
        return (int) ((long) size * rank / world);
    }

    /** Packed micro-batches of at most {@code microRows} rows, shuffled, for one process. */
    public static LoaderSettings rows(int batch, int microRows, long seed) {
        return new LoaderSettings(batch, microRows, 0, true, true, seed, 0, 1);
    }

    /** Packed micro-batches of at most {@code microTokens} tokens, shuffled, for one process. */
    public static LoaderSettings tokens(int batch, int microTokens, long seed) {
        return new LoaderSettings(batch, 0, microTokens, true, true, seed, 0, 1);
    }

    /** These settings with packing on or off. */
    public LoaderSettings withPacking(boolean on) {
        return new LoaderSettings(batch, microRows, microTokens, on, shuffle, seed, rank, world);
    }

    /** These settings with the seeded order on or off. */
    public LoaderSettings withShuffle(boolean on) {
        return new LoaderSettings(batch, microRows, microTokens, packing, on, seed, rank, world);
    }

    /** These settings for one process of several. */
    public LoaderSettings forRank(int ofRank, int ofWorld) {
        return new LoaderSettings(batch, microRows, microTokens, packing, shuffle, seed, ofRank, ofWorld);
    }
}
