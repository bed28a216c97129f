package dev.stride.metrics;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How well labels were predicted. Labels are compared as strings, stripped of white space at their ends; a prediction
 * that is no label at all is simply wrong.
 *
 * @param accuracy the share of rows that are right, 0 to 1
 * @param macroF1 the mean over labels of their F1, 0 to 1, each label weighing the same; the labels are those that occur
 *     as references, so that one odd answer of a generating model does not add a class of its own
 * @param f1 each label's {@code F1 = 2 x right / (predicted + expected)}, sorted by label
 * @param rows the number of rows
 */
public record ClassificationScores(double accuracy, double macroF1, Map<String, Double> f1, int rows) {
    public ClassificationScores {
        f1 = Collections.unmodifiableMap(new TreeMap<>(f1));
    }

    /**
     * Scores predictions against the references at the same places.
     *
     * @throws IllegalArgumentException if the lists are empty or differ in length
     */
    public static ClassificationScores of(List<String> predictions, List<String> references) {
        Pairs.check(predictions, references);
        Map<String, int[]> counts = new TreeMap<>();
        references.forEach(reference -> counts.computeIfAbsent(WhiteSpace.strip(reference), label -> new int[2])[1]++);
        Map<String, Integer> right = new TreeMap<>();
        int numRight = 0;
        for (int i = 0; i < predictions.size(); i++) {
            String predicted = WhiteSpace.strip(predictions.get(i));
            int[] count = counts.get(predicted);
            if (count != null) {
                count[0]++;
            }
            if (predicted.equals(WhiteSpace.strip(references.get(i)))) {
                numRight++;
                right.merge(predicted, 1, Integer::sum);
            }
        }
        Map<String, Double> f1 = new TreeMap<>();
        counts.forEach((label, count) -> f1.put(label, 2.0 * right.getOrDefault(label, 0) / (count[0] + count[1])));
        double macro = f1.values().stream().mapToDouble(Double::doubleValue).sum() / f1.size();
        return new ClassificationScores((double) numRight / predictions.size(), macro, f1, predictions.size());
    }
}
