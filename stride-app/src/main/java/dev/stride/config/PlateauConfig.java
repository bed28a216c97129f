package dev.stride.config;

/**
 * When and by how much the schedule {@code plateau} cuts the rate. No evaluation of the warm-up counts; the rate is never
 * cut below {@code schedule.min_lr}.
 *
 * @param factor what a cut multiplies the rate by, above 0 and below 1
 * @param patience bad evaluations in a row that are borne, at least 0
 * @param threshold share of the best value by which an evaluation must be better to count as better, in 0..1
 * @param convention whether the patience must be passed or only reached
 */
public record PlateauConfig(double factor, int patience, double threshold, PlateauConvention convention) {
    public PlateauConfig {
        if (!(factor > 0 && factor < 1) || patience < 0 || !(threshold >= 0 && threshold <= 1)) {
            throw new IllegalArgumentException(
                    "factor " + factor + ", patience " + patience + ", threshold " + threshold);
        }
    }
}
