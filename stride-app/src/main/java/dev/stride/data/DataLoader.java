package dev.stride.data;

import dev.stride.config.UserException;
import dev.stride.tokenizer.TokenizedExample;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gives the updates of a training one after the other, epoch after epoch without end.
 *
 * <p>An epoch of N rows has ceil(N / batch) updates; the last may be smaller. Of an update's m rows rank r of w has those
 * from m r / w to m (r + 1) / w, so that the ranks together have each row once. Rows keep their order: neither packing
 * nor a token budget moves a row to another update, so no split changes what an update learns from.
 *
 * <p>Not safe for use by several threads.
 */
public final class DataLoader {
    private final TokenizedData data;
    private final LoaderSettings settings;
    private final EpochRows rows;
    private int epoch;
    private int index;
    private int[] order;
    private @Nullable String digest;

    /**
     * A loader at the start of the first epoch.
     *
     * @throws UserException where no row has a trained token
     */
    public DataLoader(TokenizedData data, LoaderSettings settings) {
        this.data = data;
        this.settings = settings;
        this.rows = new EpochRows(data, settings.shuffle(), settings.seed());
        if (rows.size() == 0) {
            throw new UserException("None of the " + data.size() + " rows has a token to train"
                    + (data.rowsCut() > 0
                            ? "; " + data.rowsCut() + " were cut: is the maximum length too small?"
                            : ""));
        }
        this.order = rows.of(0);
    }

    /** Rows of one epoch. */
    public int rowsPerEpoch() {
        return rows.size();
    }

    /** Updates of one epoch. */
    public int updatesPerEpoch() {
        return (int) (((long) rows.size() + settings.batch() - 1) / settings.batch());
    }

    /** Updates of some epochs; a part of an epoch is rounded up to whole updates. */
    public long numUpdates(double epochs) {
        // 1.1 x 10 is 11.000000000000002 in binary: that is still 11 updates
        return (long) Math.ceil(epochs * updatesPerEpoch() - 1e-9);
    }

    /** The next update; after the last of an epoch the first of the next. */
    public Update next() {
        int from = (int) ((long) index * settings.batch());
        int size = Math.min(settings.batch(), order.length - from);
        long trained = 0;
        List<String> sources = new ArrayList<>(size);
        for (int i = from; i < from + size; i++) {
            trained += data.get(order[i]).numTrainedTokens();
            sources.add(data.source(order[i]));
        }
        List<TokenizedExample> share = new ArrayList<>();
        int end = from + edge(size, settings.rank() + 1);
        for (int i = from + edge(size, settings.rank()); i < end; i++) {
            share.add(data.get(order[i]));
        }
        Update update = new Update(epoch + 1, index + 1, microBatches(share), trained, sources);
        index++;
        if (index == updatesPerEpoch()) {
            moveTo(epoch + 1, 0);
        }
        return update;
    }

    /** Where the next update stands. */
    public DataPosition position() {
        return new DataPosition(epoch, index, digest());
    }

    /**
     * Goes to a position; the next update is the one that a loader which never stopped would give.
     *
     * @throws UserException where the position was saved with other data, seed, order or batch
     */
    public void restore(DataPosition position) {
        if (!position.data().equals(digest()) || position.index() >= updatesPerEpoch()) {
            throw new UserException("The saved position (epoch " + (position.epoch() + 1) + ", " + position.index()
                    + " updates done) belongs to other data or another order: rows, weights, seed, shuffling, batch and"
                    + " lengths must be those of the run that saved it");
        }
        moveTo(position.epoch(), position.index());
    }

    private void moveTo(int toEpoch, int toIndex) {
        if (toEpoch != epoch) {
            order = rows.of(toEpoch);
        }
        epoch = toEpoch;
        index = toIndex;
    }

    private String digest() {
        String known = digest;
        if (known == null) {
            known = data.digest() + "-" + settings.batch() + "-" + settings.seed()
                    + (settings.shuffle() ? "-shuffled" : "-in-order");
            digest = known;
        }
        return known;
    }

    private int edge(int size, int rank) {
        return LoaderSettings.edge(size, rank, settings.world());
    }

    /** Joins rows in order for as long as neither limit is passed. */
    private List<Batch> microBatches(List<TokenizedExample> share) {
        List<Batch> batches = new ArrayList<>();
        int start = 0;
        while (start < share.size()) {
            int end = start;
            int longest = 0;
            long sum = 0;
            while (end < share.size()) {
                int length = share.get(end).length();
                longest = Math.max(longest, length);
                sum += length;
                int count = end - start + 1;
                long tokens = settings.packing() ? sum : (long) longest * count;
                boolean tooMany = settings.microRows() > 0 && count > settings.microRows();
                boolean tooLong = settings.microTokens() > 0 && tokens > settings.microTokens();
                if (end > start && (tooMany || tooLong)) {
                    break;
                }
                end++;
            }
            List<TokenizedExample> micro = share.subList(start, end);
            batches.add(settings.packing() ? Batch.packed(micro) : Batch.padded(micro));
            start = end;
        }
        return batches;
    }
}
