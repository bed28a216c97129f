package dev.stride.data;

import dev.stride.tokenizer.TokenizedExample;
import java.util.List;

/**
 * One micro-batch as a flat row of tokens: segments (examples) laid end to end, each attending only to itself with
 * positions that restart at 0.
 *
 * <p>A packed batch has segments of their own lengths and so no padding; a padded one has segments of one equal length,
 * filled on the right with id 0 and {@link TokenizedExample#IGNORE_INDEX}. {@code trainedPositions[j]} is the flat index
 * whose next token {@code targets[j]} is trained: label {@code i + 1} belongs to position {@code i} of the same segment.
 *
 * @param inputIds token ids, length = sum of {@code segmentLengths}
 * @param segmentLengths tokens of each segment
 * @param trainedPositions flat positions that predict a trained token, ascending
 * @param targets the token to predict at each of them
 */
public record Batch(int[] inputIds, int[] segmentLengths, int[] trainedPositions, int[] targets) {
    public Batch {
        int total = 0;
        for (int length : segmentLengths) {
            total += length;
        }
        if (total != inputIds.length) {
            throw new IllegalArgumentException(
                    "segments hold " + total + " tokens but inputIds has " + inputIds.length);
        }
        if (trainedPositions.length != targets.length) {
            throw new IllegalArgumentException(
                    trainedPositions.length + " trained positions but " + targets.length + " targets");
        }
    }

    /** Examples laid end to end: no token of padding. */
    public static Batch packed(List<TokenizedExample> examples) {
        return flat(examples, 0);
    }

    /** Examples filled on the right to the longest of them. */
    public static Batch padded(List<TokenizedExample> examples) {
        int longest = 0;
        for (TokenizedExample example : examples) {
            longest = Math.max(longest, example.length());
        }
        return flat(examples, longest);
    }

    /** The number of tokens, padding included. */
    public int numTokens() {
        return inputIds.length;
    }

    /** The number of trained tokens: what the loss is a sum over. */
    public int numTrainedTokens() {
        return targets.length;
    }

    /** Positions inside each segment, 0 at its start. */
    public int[] positions() {
        int[] positions = new int[inputIds.length];
        int at = 0;
        for (int length : segmentLengths) {
            for (int i = 0; i < length; i++) {
                positions[at++] = i;
            }
        }
        return positions;
    }

    private static Batch flat(List<TokenizedExample> examples, int minLength) {
        int total = 0;
        int trained = 0;
        for (TokenizedExample example : examples) {
            total += Math.max(minLength, example.length());
            trained += example.numTrainedTokens();
        }
        int[] ids = new int[total];
        int[] lengths = new int[examples.size()];
        int[] positions = new int[trained];
        int[] targets = new int[trained];
        int offset = 0;
        int next = 0;
        for (int e = 0; e < lengths.length; e++) {
            TokenizedExample example = examples.get(e);
            int[] labels = example.labels();
            System.arraycopy(example.inputIds(), 0, ids, offset, example.length());
            for (int i = 0; i + 1 < labels.length; i++) {
                if (labels[i + 1] != TokenizedExample.IGNORE_INDEX) {
                    positions[next] = offset + i;
                    targets[next++] = labels[i + 1];
                }
            }
            lengths[e] = Math.max(minLength, example.length());
            offset += lengths[e];
        }
        return new Batch(ids, lengths, positions, targets);
    }
}
