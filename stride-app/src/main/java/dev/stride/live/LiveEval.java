package dev.stride.live;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One evaluation among the rows of a run.
 *
 * @param branch its branch, by number
 * @param rare its number among the records that are no updates
 * @param step updates made before it
 * @param tokens trained before it
 * @param seconds that the updates before it took
 * @param values the loss and every score, by name
 */
record LiveEval(int branch, int rare, long step, long tokens, double seconds, Map<String, Double> values) {
    LiveEval {
        values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
    }

    double loss() {
        return values.getOrDefault("loss", Double.NaN);
    }
}
