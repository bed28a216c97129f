package dev.stride.metrics;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * BLEU of one prediction against one reference with n-grams up to four, between 0 and 1.
 *
 * <p>{@code BLEU = brevity x (p1 p2 p3 p4)^(1/4)}, where {@code pn} is the share of the prediction's n-grams that are in
 * the reference (each counted at most as often as there) and {@code brevity} is {@code exp(1 - reference / prediction)}
 * in tokens for a prediction that is not longer than the reference, else 1. The k-th order without a match (k = 1, 2,
 * ...) has {@code pn = 1 / (2^k x max(1, number of n-grams))}; no common token at all gives 0. Thus equal texts score 1
 * from four tokens on, and less below: a text of three tokens has no four-gram that could match.
 *
 * <p>Source: Papineni and others 2002; smoothing 3 of Chen and Cherry 2014; the details are those of nltk 3.8's
 * {@code sentence_bleu} with {@code SmoothingFunction().method3}, which the official ChatGLM3 demo uses.
 */
public final class Bleu4 {
    private static final int MAX_ORDER = 4;

    private Bleu4() {}

    /** The score of tokens against tokens; 0 if either side is empty. */
    public static double of(List<String> prediction, List<String> reference) {
        if (prediction.isEmpty() || reference.isEmpty()) {
            return 0;
        }
        double logSum = 0;
        int numUnmatched = 0;
        for (int order = 1; order <= MAX_ORDER; order++) {
            long matches = matches(ngrams(prediction, order), ngrams(reference, order));
            if (matches == 0 && order == 1) {
                return 0;
            }
            int available = Math.max(1, prediction.size() - order + 1);
            double precision =
                    matches > 0 ? (double) matches / available : 1 / (Math.pow(2, ++numUnmatched) * available);
            logSum += Math.log(precision) / MAX_ORDER;
        }
        double ratio = (double) reference.size() / prediction.size();
        double brevity = ratio < 1 ? 1 : Math.exp(1 - ratio);
        return brevity * Math.exp(logSum);
    }

    /** The score on single characters (code points): what ChatGLM2's demo and LLaMA-Factory report, there times 100. */
    public static double ofCharacters(String prediction, String reference) {
        return of(characters(prediction), characters(reference));
    }

    private static List<String> characters(String text) {
        return text.codePoints().mapToObj(Character::toString).toList();
    }

    private static Map<List<String>, Integer> ngrams(List<String> tokens, int order) {
        Map<List<String>, Integer> counts = new HashMap<>();
        for (int i = 0; i + order <= tokens.size(); i++) {
            counts.merge(tokens.subList(i, i + order), 1, Integer::sum);
        }
        return counts;
    }

    private static long matches(Map<List<String>, Integer> prediction, Map<List<String>, Integer> reference) {
        long matches = 0;
        for (Map.Entry<List<String>, Integer> ngram : prediction.entrySet()) {
            matches += Math.min(ngram.getValue(), reference.getOrDefault(ngram.getKey(), 0));
        }
        return matches;
    }
}
