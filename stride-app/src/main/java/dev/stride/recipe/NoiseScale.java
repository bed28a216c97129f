package dev.stride.recipe;

/**
 * The gradient's noise scale, estimated from squared norms of gradients at two batch sizes (McCandlish et al. 2018, arXiv
 * 1812.06162, appendix A.1).
 *
 * <p>With E|G_B|^2 = |G|^2 + tr(S)/B at a small batch b and a large one B: |G|^2 = (B |G_B|^2 - b |G_b|^2) / (B - b) and
 * tr(S) = (|G_b|^2 - |G_B|^2) / (1/b - 1/B). Norms 1.0 at 128 and 2.5 at 32 give 0.5, 64 and a noise scale of 128. Single
 * estimates are noisy and may be negative: average both numbers over many updates before dividing.
 *
 * @param squaredNorm estimate of the true gradient's squared norm
 * @param variance estimate of the sum of the variances of a single row's gradient
 */
public record NoiseScale(double squaredNorm, double variance) {
    /**
     * The estimate from two squared norms.
     *
     * @param small rows of the small batch, at least 1
     * @param smallNorm mean squared norm of its gradients
     * @param large rows of the large batch, more than {@code small}
     * @param largeNorm squared norm of its gradient
     */
    public static NoiseScale of(double small, double smallNorm, double large, double largeNorm) {
        if (!(small >= 1) || !(large > small)) {
            throw new IllegalArgumentException("batches " + small + " and " + large);
        }
        return new NoiseScale(
                (large * largeNorm - small * smallNorm) / (large - small),
                (smallNorm - largeNorm) / (1 / small - 1 / large));
    }

    /** The batch at which noise and signal are equal: tr(S)/|G|^2; NaN where an estimate is not above 0. */
    public double rows() {
        return squaredNorm > 0 && variance > 0 ? variance / squaredNorm : Double.NaN;
    }
}
