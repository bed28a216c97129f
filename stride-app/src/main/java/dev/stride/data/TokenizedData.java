package dev.stride.data;

import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.TokenizedExample;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * A data set as token ids and labels; row i is example i of the data set.
 *
 * <p>A row without a trained token stays where it is but is not trainable: no batch holds it, and the counts say so.
 * Alone in a batch it would make the mean loss 0/0.
 */
public final class TokenizedData {
    private final List<TokenizedExample> rows;
    private final List<String> sources;
    private final List<Share> shares;
    private final List<String> untrained;
    private final int rowsCut;
    private final LengthHistogram lengths;
    private final long tokens;
    private final long trainedTokens;

    /**
     * The rows of one file.
     *
     * @param first index of the first row
     * @param rows how many rows
     * @param weight share of them that an epoch uses
     */
    public record Share(int first, int rows, double weight) {}

    private TokenizedData(
            List<TokenizedExample> rows, List<String> sources, List<Share> shares, int rowsCut, int[] lengths) {
        this.rows = rows;
        this.sources = sources;
        this.shares = shares;
        this.rowsCut = rowsCut;
        this.lengths = LengthHistogram.of(lengths);
        List<String> without = new ArrayList<>();
        long all = 0;
        long trained = 0;
        for (int i = 0; i < rows.size(); i++) {
            int trainedOfRow = rows.get(i).numTrainedTokens();
            if (trainedOfRow == 0) {
                without.add(sources.get(i));
            } else {
                all += rows.get(i).length();
                trained += trainedOfRow;
            }
        }
        this.untrained = List.copyOf(without);
        this.tokens = all;
        this.trainedTokens = trained;
    }

    /**
     * Tokenizes every example.
     *
     * @param tokenize gives the whole example, however long
     * @param cut shortens what is too long and returns the rest as it is; a row counts as cut when it came back shorter
     */
    public static TokenizedData of(
            DataSet data, Function<List<Message>, TokenizedExample> tokenize, UnaryOperator<TokenizedExample> cut) {
        List<TokenizedExample> rows = new ArrayList<>(data.size());
        List<String> sources = new ArrayList<>(data.size());
        int[] lengths = new int[data.size()];
        int rowsCut = 0;
        for (Example example : data.examples()) {
            TokenizedExample whole = tokenize.apply(example.messages());
            TokenizedExample kept = cut.apply(whole);
            lengths[rows.size()] = whole.length();
            rowsCut += kept.length() < whole.length() ? 1 : 0;
            rows.add(kept);
            sources.add(example.source());
        }
        List<Share> shares = data.files().stream()
                .map(file ->
                        new Share(file.first(), file.examples(), file.file().weight()))
                .toList();
        return new TokenizedData(List.copyOf(rows), List.copyOf(sources), shares, rowsCut, lengths);
    }

    /** The number of rows, those that are not trainable included. */
    public int size() {
        return rows.size();
    }

    /** Row i, after the cut. */
    public TokenizedExample get(int i) {
        return rows.get(i);
    }

    /** Where row i was read: {@code file:line}. */
    public String source(int i) {
        return sources.get(i);
    }

    /** Whether row i has a trained token, so that batches may hold it. */
    public boolean isTrainable(int i) {
        return rows.get(i).numTrainedTokens() > 0;
    }

    /** The rows of each file, in order. */
    public List<Share> shares() {
        return shares;
    }

    /** How many rows the cut made shorter. */
    public int rowsCut() {
        return rowsCut;
    }

    /** Where the rows without a trained token stand. */
    public List<String> untrainedSources() {
        return untrained;
    }

    /** Tokens of the trainable rows after the cut; weights do not count. */
    public long tokens() {
        return tokens;
    }

    /** Tokens among them that are trained. */
    public long trainedTokens() {
        return trainedTokens;
    }

    /** Lengths of all rows before the cut. */
    public LengthHistogram lengths() {
        return lengths;
    }

    /** A short digest of the ids, labels, their order and the weights: equal data, equal digest. */
    String digest() {
        MessageDigest sha;
        try {
            sha = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
        sha.update(shares.toString().getBytes(StandardCharsets.UTF_8));
        for (TokenizedExample row : rows) {
            ByteBuffer bytes = ByteBuffer.allocate(4 + 8 * row.length());
            bytes.putInt(row.length());
            bytes.asIntBuffer().put(row.inputIds()).put(row.labels());
            sha.update(bytes.array());
        }
        return HexFormat.of().formatHex(sha.digest(), 0, 8);
    }
}
