package dev.stride.data;

import java.util.Arrays;
import java.util.List;

/**
 * Prompts of several lengths as one rectangle, filled on the left, as the reference pads them for generation
 * (tokenization_chatglm.py, _pad). Arrays are flat, row after row.
 *
 * @param rows number of prompts
 * @param columns tokens of the longest
 * @param inputIds token ids, 0 where filled
 * @param attentionMask 1 for tokens, 0 where filled
 * @param positionIds 0, 1, 2 ... from the first token on, 0 where filled
 */
public record PromptBatch(int rows, int columns, int[] inputIds, int[] attentionMask, int[] positionIds) {
    public PromptBatch {
        int size = rows * columns;
        if (inputIds.length != size || attentionMask.length != size || positionIds.length != size) {
            throw new IllegalArgumentException(rows + " x " + columns + " needs arrays of " + size + ", they have "
                    + inputIds.length + ", " + attentionMask.length + " and " + positionIds.length);
        }
    }

    /** The rectangle of at least one prompt, none of them empty. */
    public static PromptBatch of(List<int[]> prompts) {
        if (prompts.isEmpty() || prompts.stream().anyMatch(prompt -> prompt.length == 0)) {
            throw new IllegalArgumentException("a batch needs prompts and each at least one token");
        }
        int columns = prompts.stream().mapToInt(prompt -> prompt.length).max().orElseThrow();
        int[] mask = new int[prompts.size() * columns];
        int[] positions = new int[mask.length];
        for (int row = 0; row < prompts.size(); row++) {
            int length = prompts.get(row).length;
            int end = (row + 1) * columns;
            Arrays.fill(mask, end - length, end, 1);
            for (int i = 0; i < length; i++) {
                positions[end - length + i] = i;
            }
        }
        return new PromptBatch(prompts.size(), columns, leftPadded(prompts, columns, 0), mask, positions);
    }

    /** Rows one after the other, each filled on the left up to a width. */
    static int[] leftPadded(List<int[]> rows, int columns, int fill) {
        int[] flat = new int[rows.size() * columns];
        Arrays.fill(flat, fill);
        for (int row = 0; row < rows.size(); row++) {
            int[] values = rows.get(row);
            System.arraycopy(values, 0, flat, (row + 1) * columns - values.length, values.length);
        }
        return flat;
    }
}
