package dev.stride.metrics;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/**
 * Scores predictions against references as the official ChatGLM3 demo does: both are stripped, cut by jieba, and scored
 * by {@link Rouge} and {@link Bleu4}. An empty or blank prediction or reference scores 0 in everything, also when both
 * are empty, because nothing was said that could be right.
 */
public final class TextScorer {
    private final Jieba jieba;

    /** A scorer that cuts with the given dictionary; sharing one spares memory. */
    public TextScorer(Jieba jieba) {
        this.jieba = jieba;
    }

    /** The scores of one prediction. */
    public TextScores score(String prediction, String reference) {
        String predicted = WhiteSpace.strip(prediction);
        String expected = WhiteSpace.strip(reference);
        List<String> predictedWords = jieba.cut(predicted);
        List<String> expectedWords = jieba.cut(expected);
        Rouge rouge = Rouge.of(predictedWords, expectedWords);
        double characters = Bleu4.ofCharacters(predicted, expected) * 100;
        return new TextScores(
                rouge.rouge1(),
                rouge.rouge2(),
                rouge.rougeL(),
                Bleu4.of(predictedWords, expectedWords),
                new BigDecimal(characters).setScale(4, RoundingMode.HALF_EVEN).doubleValue());
    }

    /**
     * The mean scores of predictions against the references at the same places.
     *
     * @throws IllegalArgumentException if the lists are empty or differ in length
     */
    public TextScores meanScore(List<String> predictions, List<String> references) {
        Pairs.check(predictions, references);
        List<TextScores> scores = new ArrayList<>();
        for (int i = 0; i < predictions.size(); i++) {
            scores.add(score(predictions.get(i), references.get(i)));
        }
        return TextScores.mean(scores);
    }
}
