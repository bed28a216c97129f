package dev.stride.tokenizer;

import java.util.Arrays;

/**
 * One training example as token ids and labels of equal length.
 *
 * <p>{@code labels[i]} is {@code inputIds[i]} where the token is trained and {@link #IGNORE_INDEX} elsewhere; the model
 * predicts {@code labels[i + 1]} from position {@code i} (finetune_hf.py). The arrays are owned by the record:
 * do not write to them.
 */
public record TokenizedExample(int[] inputIds, int[] labels) {
    /** The label of a position that is not trained, as in PyTorch's cross entropy. */
    public static final int IGNORE_INDEX = -100;

    public TokenizedExample {
        if (inputIds.length != labels.length) {
            throw new IllegalArgumentException(
                    "inputIds has " + inputIds.length + " tokens but labels has " + labels.length);
        }
    }

    /** The number of tokens. */
    public int length() {
        return inputIds.length;
    }

    /** The number of tokens that contribute to the loss: labels other than IGNORE_INDEX from position 1 on. */
    public int numTrainedTokens() {
        int count = 0;
        for (int i = 1; i < labels.length; i++) {
            if (labels[i] != IGNORE_INDEX) {
                count++;
            }
        }
        return count;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TokenizedExample that
                && Arrays.equals(inputIds, that.inputIds)
                && Arrays.equals(labels, that.labels);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(inputIds) + Arrays.hashCode(labels);
    }

    @Override
    public String toString() {
        return "TokenizedExample[inputIds=" + Arrays.toString(inputIds) + ", labels=" + Arrays.toString(labels) + "]";
    }
}
