package dev.stride.tokenizer;

import java.util.Arrays;

/**
 * One answer to be generated and scored.
 *
 * @param inputIds what the model continues: everything before the answer, ending where the model begins to write
 * @param targetIds the true answer's ids with end of sequence, cut at the output limit
 */
public record EvaluationTurn(int[] inputIds, int[] targetIds) {
    @Override
    public boolean equals(Object other) {
        return other instanceof EvaluationTurn that
                && Arrays.equals(inputIds, that.inputIds)
                && Arrays.equals(targetIds, that.targetIds);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(inputIds) + Arrays.hashCode(targetIds);
    }

    @Override
    public String toString() {
        return "EvaluationTurn[inputIds=" + Arrays.toString(inputIds) + ", targetIds=" + Arrays.toString(targetIds)
                + "]";
    }
}
