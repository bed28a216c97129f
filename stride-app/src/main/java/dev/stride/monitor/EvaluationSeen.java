package dev.stride.monitor;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a monitor sees of an evaluation.
 *
 * @param step updates made before it
 * @param scores every figure by name, {@code loss} among them
 * @param rowScores the metric that early stopping follows, for each generated row, always of the same rows in the same
 *     order; empty where nothing was generated
 * @param warmingUp whether the rate still rises
 */
public record EvaluationSeen(long step, Map<String, Double> scores, List<Double> rowScores, boolean warmingUp) {
    public EvaluationSeen {
        scores = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(scores));
        rowScores = List.copyOf(rowScores);
    }

    /** A figure by name; NaN if the evaluation has none. */
    double score(String name) {
        return scores.getOrDefault(name, Double.NaN);
    }
}
