package dev.stride.metrics;

import java.util.List;

/** The demand of every mean over pairs: as many predictions as references, and at least one. */
final class Pairs {
    private Pairs() {}

    static void check(List<String> predictions, List<String> references) {
        if (predictions.size() != references.size() || predictions.isEmpty()) {
            throw new IllegalArgumentException("need as many predictions as references, and at least one: "
                    + predictions.size() + " predictions, " + references.size() + " references");
        }
    }
}
