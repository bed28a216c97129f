package dev.stride.search;

import java.util.List;
import java.util.Map;

/**
 * What one rate's trials scored on each validation row, over its seeds; or of whatever else a sweep varies.
 *
 * @param value as its trials have it, for example {@code 3e-4}
 * @param lr its peak rate
 * @param seeds at least one
 * @param rated parts of a combined score that are one value of the contender and not of its rows, by name; may be empty
 */
public record Contender(String value, double lr, List<Seed> seeds, Map<String, Rated> rated) {
    /**
     * The scores of one seed's trial.
     *
     * @param parts by metric
     */
    public record Seed(Map<String, RowScores> parts) {
        public Seed {
            parts = SweepFields.copy(parts);
        }
    }

    /**
     * One metric's scores of the validation rows; its value is the sum of the sums over the sum of the weights.
     *
     * @param sums for each row: of its tokens' losses; its score where each row counts as one
     * @param weights for each row: its trained tokens; 1 where each row counts as one
     */
    public record RowScores(List<Double> sums, List<Double> weights) {
        public RowScores {
            sums = List.copyOf(sums);
            weights = List.copyOf(weights);
            if (sums.isEmpty() || sums.size() != weights.size()) {
                throw new IllegalArgumentException(sums.size() + " scores with " + weights.size() + " weights");
            }
            if (!sums.stream().allMatch(Double::isFinite)
                    || !weights.stream().allMatch(w -> w >= 0 && Double.isFinite(w))
                    || !(weights.stream().mapToDouble(w -> w).sum() > 0)) {
                throw new IllegalArgumentException("scores are finite, weights 0 or more and not all 0");
            }
        }

        /** Scores of texts, of which each counts as one. */
        public static RowScores of(List<Double> scores) {
            return new RowScores(scores, scores.stream().map(score -> 1.0).toList());
        }
    }

    /**
     * A value with its 95 % interval, for example a strength from people's votes.
     *
     * @param value the estimate
     * @param low lower end
     * @param high upper end
     */
    public record Rated(double value, double low, double high) {
        public Rated {
            if (!(low <= value && value <= high) || Double.isInfinite(low) || Double.isInfinite(high)) {
                throw new IllegalArgumentException(value + " within " + low + " and " + high);
            }
        }

        double error() {
            return (high - low) / (2 * 1.96);
        }
    }

    public Contender {
        seeds = List.copyOf(seeds);
        rated = SweepFields.copy(rated);
        if (seeds.isEmpty()) {
            throw new IllegalArgumentException(value + " has no seed");
        }
    }

    /** A contender that is judged by one metric. */
    public static Contender of(String value, double lr, String metric, List<RowScores> seeds) {
        return new Contender(
                value,
                lr,
                seeds.stream().map(rows -> new Seed(Map.of(metric, rows))).toList(),
                Map.of());
    }
}
