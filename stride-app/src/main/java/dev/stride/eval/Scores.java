package dev.stride.eval;

import dev.stride.config.Task;
import dev.stride.metrics.ClassificationScores;
import dev.stride.metrics.CodeScores;
import dev.stride.metrics.Jieba;
import dev.stride.metrics.TextScorer;
import dev.stride.metrics.TextScores;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The scores of generated texts: BLEU-4 and ROUGE always, and those of the task where one is named. An empty prediction
 * scores 0.
 *
 * @param rows the scores of each text
 * @param means over all rows, by name: {@code rouge-1}, {@code bleu-4}, ...; for classification also {@code accuracy} and
 *     {@code macro-f1}, for code {@code exact-match} and {@code edit-similarity}
 * @param own each row's part in the task's own metric: 1 or 0 for a right or wrong label, the edit similarity of code,
 *     BLEU-4 otherwise
 */
public record Scores(List<TextScores> rows, Map<String, Double> means, List<Double> own) {
    public Scores {
        rows = List.copyOf(rows);
        own = List.copyOf(own);
    }

    /** Scores predictions against references, row by row. */
    public static Scores of(List<String> predictions, List<String> references, @Nullable Task task) {
        return of(new TextScorer(new Jieba()), predictions, references, task);
    }

    /** The same with a scorer that was used before, which has its dictionary read already. */
    public static Scores of(TextScorer scorer, List<String> predictions, List<String> references, @Nullable Task task) {
        List<TextScores> rows = new ArrayList<>();
        for (int i = 0; i < predictions.size(); i++) {
            rows.add(scorer.score(predictions.get(i), references.get(i)));
        }
        Map<String, Double> means = new LinkedHashMap<>(TextScores.mean(rows).byName());
        if (task == Task.CLASSIFICATION) {
            ClassificationScores scores = ClassificationScores.of(predictions, references);
            means.put("accuracy", scores.accuracy());
            means.put("macro-f1", scores.macroF1());
        } else if (task == Task.CODE) {
            CodeScores scores = CodeScores.of(predictions, references);
            means.put("exact-match", scores.exactMatch());
            means.put("edit-similarity", scores.editSimilarity());
        }
        List<Double> own = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            own.add(own(rows.get(i), predictions.get(i), references.get(i), task));
        }
        return new Scores(rows, means, own);
    }

    private static double own(TextScores scores, String prediction, String reference, @Nullable Task task) {
        if (task == Task.CLASSIFICATION) {
            return prediction.strip().equals(reference.strip()) ? 1 : 0;
        }
        return task == Task.CODE ? CodeScores.editSimilarity(prediction, reference) : scores.bleu4();
    }
}
