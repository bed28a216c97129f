package dev.stride.recipe;

/**
 * What one epoch of the training data is, after tokens were counted and long rows cut.
 *
 * @param rows rows of one epoch, weights applied; at least 1
 * @param tokens tokens of all of them
 * @param trainedTokens those that the loss is a mean over
 * @param longest tokens of the longest row
 * @param cutRows rows that were cut to the longest length allowed
 */
public record DataFacts(long rows, long tokens, long trainedTokens, int longest, long cutRows) {
    public DataFacts {
        if (rows < 0 || tokens < 0 || trainedTokens < 0 || longest < 0 || cutRows < 0) {
            throw new IllegalArgumentException(rows + " rows, " + tokens + " tokens, " + trainedTokens + " trained, "
                    + longest + " longest, " + cutRows + " cut");
        }
    }
}
