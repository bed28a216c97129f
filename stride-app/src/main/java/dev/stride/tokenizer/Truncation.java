package dev.stride.tokenizer;

import java.util.Arrays;

/** What is left of a conversation that has more tokens than fit. */
public enum Truncation {
    /**
     * The first tokens, as the reference cuts (finetune_hf.py): the newest text is lost, an example loses its end of
     * sequence, and one whose prompt fills the limit keeps no trained token. For parity.
     */
    RIGHT_CUT {
        @Override
        int[] firstTokens(int[] ids, int maxTokens) {
            return Arrays.copyOf(ids, maxTokens);
        }

        @Override
        int[] firstLabels(int[] labels, int maxTokens) {
            return Arrays.copyOf(labels, maxTokens);
        }
    },
    /**
     * The two prefix tokens and the last tokens: the oldest text is lost and the end of the last answer stays. The first
     * token after the cut is not trained, because what it followed is gone.
     */
    KEEP_END {
        @Override
        int[] firstTokens(int[] ids, int maxTokens) {
            return prefixAndEnd(ids, maxTokens);
        }

        @Override
        int[] firstLabels(int[] labels, int maxTokens) {
            int[] kept = prefixAndEnd(labels, maxTokens);
            kept[NUM_PREFIX_TOKENS] = TokenizedExample.IGNORE_INDEX;
            return kept;
        }
    };

    /** The tokens in front of every sequence, which no cut takes away: [gMASK] and sop. */
    private static final int NUM_PREFIX_TOKENS = 2;

    /** The fewest tokens that a limit may leave: the prefix and two more, of which the second can be trained. */
    public static final int MIN_TOKENS = NUM_PREFIX_TOKENS + 2;

    /** The reference's limit for a whole training example, from its two separate ones: input + output + 1. */
    public static int maxTokens(int maxInputLength, int maxOutputLength) {
        return Math.addExact(Math.addExact(maxInputLength, maxOutputLength), 1);
    }

    /**
     * An example of at most {@code maxTokens} tokens, at least {@link #MIN_TOKENS}; the same object where nothing had to
     * be cut, so a caller can count what was.
     */
    public TokenizedExample cut(TokenizedExample example, int maxTokens) {
        if (example.length() <= checked(maxTokens)) {
            return example;
        }
        return new TokenizedExample(
                firstTokens(example.inputIds(), maxTokens), firstLabels(example.labels(), maxTokens));
    }

    /** A prompt of at most {@code maxTokens} ids, under the same rule; the same array where nothing had to be cut. */
    public int[] cut(int[] ids, int maxTokens) {
        return ids.length <= checked(maxTokens) ? ids : firstTokens(ids, maxTokens);
    }

    abstract int[] firstTokens(int[] ids, int maxTokens);

    abstract int[] firstLabels(int[] labels, int maxTokens);

    private static int checked(int maxTokens) {
        if (maxTokens < MIN_TOKENS) {
            throw new IllegalArgumentException("a limit of " + maxTokens + " tokens; at least " + MIN_TOKENS);
        }
        return maxTokens;
    }

    private static int[] prefixAndEnd(int[] values, int length) {
        int[] kept = Arrays.copyOf(values, length);
        int fromEnd = length - NUM_PREFIX_TOKENS;
        System.arraycopy(values, values.length - fromEnd, kept, NUM_PREFIX_TOKENS, fromEnd);
        return kept;
    }
}
