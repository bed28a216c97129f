package dev.stride.metrics;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * The scores of generated text: of one prediction against its reference, or the mean over many. The first four are those
 * of the official ChatGLM3 demo, in its units: ROUGE from 0 to 100 but BLEU from 0 to 1.
 *
 * @param rouge1 {@code rouge-1}: common words, 0 to 100
 * @param rouge2 {@code rouge-2}: common pairs of words, 0 to 100
 * @param rougeL {@code rouge-l}: longest common subsequence of words, 0 to 100
 * @param bleu4 {@code bleu-4}: BLEU on jieba's words, 0 to 1
 * @param bleu4Char {@code bleu-4-char}: BLEU on characters, 0 to 100, as ChatGLM2's demo and LLaMA-Factory report it
 *     under the name bleu-4; not comparable with {@code bleu4}
 */
public record TextScores(double rouge1, double rouge2, double rougeL, double bleu4, double bleu4Char) {
    /**
     * The mean of the scores of many pairs.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static TextScores mean(List<TextScores> scores) {
        if (scores.isEmpty()) {
            throw new IllegalArgumentException("the mean of no scores is not defined");
        }
        return new TextScores(
                mean(scores, TextScores::rouge1),
                mean(scores, TextScores::rouge2),
                mean(scores, TextScores::rougeL),
                mean(scores, TextScores::bleu4),
                mean(scores, TextScores::bleu4Char));
    }

    /** The scores under the names that logs and results use, in a fixed order. */
    public Map<String, Double> byName() {
        Map<String, Double> byName = new LinkedHashMap<>();
        byName.put("rouge-1", rouge1);
        byName.put("rouge-2", rouge2);
        byName.put("rouge-l", rougeL);
        byName.put("bleu-4", bleu4);
        byName.put("bleu-4-char", bleu4Char);
        return Collections.unmodifiableMap(byName);
    }

    private static double mean(List<TextScores> scores, ToDoubleFunction<TextScores> score) {
        return scores.stream().mapToDouble(score).sum() / scores.size();
    }
}
