package dev.stride.data;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Which rows an epoch uses, and in which order.
 *
 * <p>A file with n trainable rows and weight w gives round(w n) of them, at least 1: every row floor(w) times, and the
 * rest drawn without repeats, anew in each epoch. Without shuffling the files follow each other, each pass in file
 * order; with it all rows of the epoch are mixed.
 */
final class EpochRows {
    private final int[][] trainable;
    private final int[] counts;
    private final boolean shuffle;
    private final long seed;

    EpochRows(TokenizedData data, boolean shuffle, long seed) {
        this.shuffle = shuffle;
        this.seed = seed;
        trainable = new int[data.shares().size()][];
        counts = new int[trainable.length];
        for (int f = 0; f < trainable.length; f++) {
            TokenizedData.Share share = data.shares().get(f);
            int[] rows = IntStream.range(share.first(), share.first() + share.rows())
                    .filter(data::isTrainable)
                    .toArray();
            trainable[f] = rows;
            counts[f] = rows.length == 0 ? 0 : (int) Math.max(1, Math.round(share.weight() * rows.length));
        }
    }

    /** Rows of an epoch; the same for all epochs. */
    int size() {
        return Arrays.stream(counts).sum();
    }

    /** The rows of an epoch, counted from 0, in the order they are trained. */
    int[] of(int epoch) {
        int[] order = new int[size()];
        int at = 0;
        for (int f = 0; f < trainable.length; f++) {
            int[] rows = trainable[f];
            int left = counts[f];
            while (left > 0) {
                int[] pass = left >= rows.length ? rows : drawn(rows, left, epoch, f);
                System.arraycopy(pass, 0, order, at, pass.length);
                at += pass.length;
                left -= pass.length;
            }
        }
        if (shuffle) {
            new SeededShuffle(seed, epoch, 0).shuffle(order);
        }
        return order;
    }

    /** A part of a file's rows, in file order. */
    private int[] drawn(int[] rows, int count, int epoch, int file) {
        int[] all = rows.clone();
        new SeededShuffle(seed, epoch, file + 1L).shuffle(all);
        int[] part = Arrays.copyOf(all, count);
        Arrays.sort(part);
        return part;
    }
}
