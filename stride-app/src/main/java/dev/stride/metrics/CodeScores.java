package dev.stride.metrics;

import java.util.List;

/**
 * How well code was continued.
 *
 * @param exactMatch the share of predictions that equal their reference but for white space at the ends, 0 to 1
 * @param editSimilarity the mean of {@code 1 - distance / longer length}, 0 to 1, where the distance is Levenshtein's on
 *     characters (code points) of the stripped texts; two empty texts are equal
 * @param rows the number of rows
 */
public record CodeScores(double exactMatch, double editSimilarity, int rows) {
    /**
     * Scores predictions against the references at the same places.
     *
     * @throws IllegalArgumentException if the lists are empty or differ in length
     */
    public static CodeScores of(List<String> predictions, List<String> references) {
        Pairs.check(predictions, references);
        int numExact = 0;
        double similarity = 0;
        for (int i = 0; i < predictions.size(); i++) {
            String predicted = WhiteSpace.strip(predictions.get(i));
            String expected = WhiteSpace.strip(references.get(i));
            numExact += predicted.equals(expected) ? 1 : 0;
            similarity += ofStripped(predicted, expected);
        }
        int rows = predictions.size();
        return new CodeScores((double) numExact / rows, similarity / rows, rows);
    }

    /** The similarity of one prediction to its reference, 0 to 1. */
    public static double editSimilarity(String prediction, String reference) {
        return ofStripped(WhiteSpace.strip(prediction), WhiteSpace.strip(reference));
    }

    /** {@code 1 - distance / longer length} of two texts that are stripped already. */
    private static double ofStripped(String a, String b) {
        int[] left = a.codePoints().toArray();
        int[] right = b.codePoints().toArray();
        int longer = Math.max(left.length, right.length);
        return longer == 0 ? 1 : 1 - (double) distance(left, right) / longer;
    }

    /** Levenshtein's distance: the fewest insertions, deletions and replacements that make one text the other. */
    private static int distance(int[] a, int[] b) {
        int[] row = new int[b.length + 1];
        for (int j = 0; j <= b.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length; i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length; j++) {
                int replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length];
    }
}
