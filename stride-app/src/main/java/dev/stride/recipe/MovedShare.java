package dev.stride.recipe;

/**
 * The share of weights that one update changes, where weights are stored in a format of so many bits and every result is
 * rounded to the nearest number of that format.
 *
 * <p>A weight w in [2^e, 2^(e+1)) of a format with p significant bits changes if the update is larger than half the
 * distance of its neighbours, 2^(e-p). So all weights below a power of two move and none above, and with w ~ N(0, sigma)
 * the share is erf(2^(e+1) / (sigma sqrt 2)) for the largest such e. What this leaves out, the other spacing just below a
 * power of two, is less than one weight in 2^p.
 *
 * <p>An update of Adam is about 0.23 times the rate where gradients are noise: sqrt((1 - b1)/(1 + b1)) with b1 = 0.9.
 */
public final class MovedShare {
    /** Below this rate AdamW on weights that are stored in bf16 alone loses most updates. */
    public static final double SAFE_16_BIT_RATE = 3e-4;

    /** The spread of weights that is assumed: that of the initial weights of most published transformers. */
    static final double SIGMA = 0.02;

    private MovedShare() {}

    /** A floating-point format. */
    public enum Format {
        FP32(24, -126),
        BF16(8, -126),
        FP16(11, -14);

        private final int bits;
        private final int lowest;

        Format(int bits, int lowest) {
            this.bits = bits;
            this.lowest = lowest;
        }
    }

    /** The share at a rate, for updates of noise and weights of usual spread; from 0 to 1. */
    public static double atRate(Format format, double rate, double beta1) {
        return of(format, rate * Math.sqrt((1 - beta1) / (1 + beta1)), SIGMA);
    }

    /**
     * The share for an update of one size.
     *
     * @param update its size, at least 0
     * @param sigma standard deviation of the weights, above 0
     */
    static double of(Format format, double update, double sigma) {
        if (update <= 0) {
            return 0;
        }
        int exponent = Math.getExponent(update);
        // half a spacing must lie strictly below the update
        int half = Math.scalb(1.0, exponent) < update ? exponent : exponent - 1;
        int binade = half + format.bits;
        return binade < format.lowest ? 0 : erf(Math.scalb(1.0, binade + 1) / (sigma * Math.sqrt(2)));
    }

    /** The error function of x >= 0, to 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26). */
    static double erf(double x) {
        double t = 1 / (1 + 0.3275911 * x);
        double sum = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
        return 1 - sum * Math.exp(-x * x);
    }
}
