package dev.stride.metrics;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * ROUGE of one prediction against one reference: the F values of common words, common pairs of words and the longest
 * common subsequence, each times 100 and rounded to four places.
 *
 * <p>{@code f = 2pr / (p + r + 1e-8)}. For ROUGE-1 and ROUGE-2, p and r are the shares of the prediction's and of the
 * reference's n-grams that both have; repeats count once. For ROUGE-L, p and r are the length of the longest common
 * subsequence over the number of words of each side. The small term makes equal texts 100 after rounding.
 *
 * <p>Source: Lin 2004; the details are those of the package rouge_chinese, which the official ChatGLM3 demo uses. A text
 * without a word, which it refuses, scores 0 here.
 *
 * @param rouge1 words, 0 to 100
 * @param rouge2 pairs of neighbouring words, 0 to 100
 * @param rougeL longest common subsequence, 0 to 100
 */
public record Rouge(double rouge1, double rouge2, double rougeL) {
    private static final Rouge ZERO = new Rouge(0, 0, 0);

    private static final Pattern SENTENCE_END = Pattern.compile("([。！？?])([^”’])");
    private static final Pattern SIX_DOTS = Pattern.compile("(\\.{6})([^”’])");

    /** The scores of tokens against tokens; 0 if either side has no token but white space. */
    public static Rouge of(List<String> prediction, List<String> reference) {
        List<String> predicted = words(prediction);
        List<String> expected = words(reference);
        if (isBlank(predicted) || isBlank(expected)) {
            return ZERO;
        }
        double common = longestCommonSubsequence(predicted, expected);
        return new Rouge(
                overlap(ngrams(predicted, 1), ngrams(expected, 1)),
                overlap(ngrams(predicted, 2), ngrams(expected, 2)),
                percent(common / predicted.size(), common / expected.size()));
    }

    /**
     * The words that the reference package sees. It joins the tokens with spaces, breaks the text into sentences and
     * splits again, so white space vanishes; but a sentence of nothing except white space (a line feed after a full
     * stop) counts as one empty word, and a token of more than six dots falls apart.
     */
    private static List<String> words(List<String> tokens) {
        String text = String.join(" ", tokens);
        text = SENTENCE_END.matcher(text).replaceAll("$1\n$2");
        text = SIX_DOTS.matcher(text).replaceAll("$1\n$2");
        List<String> words = new ArrayList<>();
        for (String sentence : WhiteSpace.stripEnd(text).split("\n", -1)) {
            if (!sentence.isEmpty()) {
                words.addAll(WhiteSpace.split(sentence));
            }
        }
        return words;
    }

    private static boolean isBlank(List<String> words) {
        return words.stream().allMatch(String::isEmpty);
    }

    private static double overlap(Set<List<String>> predicted, Set<List<String>> expected) {
        if (predicted.isEmpty() || expected.isEmpty()) {
            return 0;
        }
        double common = predicted.stream().filter(expected::contains).count();
        return percent(common / predicted.size(), common / expected.size());
    }

    private static Set<List<String>> ngrams(List<String> words, int order) {
        Set<List<String>> ngrams = new HashSet<>();
        for (int i = 0; i + order <= words.size(); i++) {
            ngrams.add(words.subList(i, i + order));
        }
        return ngrams;
    }

    private static int longestCommonSubsequence(List<String> a, List<String> b) {
        int[] row = new int[b.size() + 1];
        for (String word : a) {
            int diagonal = 0;
            for (int j = 1; j <= b.size(); j++) {
                int above = row[j];
                row[j] = word.equals(b.get(j - 1)) ? diagonal + 1 : Math.max(above, row[j - 1]);
                diagonal = above;
            }
        }
        return row[b.size()];
    }

    /** Rounds the exact binary value, half to even, as Python's {@code round(x, 4)} does. */
    private static double percent(double precision, double recall) {
        double f = 2 * (precision * recall / (precision + recall + 1e-8));
        return new BigDecimal(f * 100).setScale(4, RoundingMode.HALF_EVEN).doubleValue();
    }
}
