package dev.stride.metrics;

/** Perplexity: {@code exp(loss)} of a mean loss per token in nats; how many tokens the model hesitates between. */
public final class Perplexity {
    private Perplexity() {}

    /** The perplexity of a loss: 1 for 0, infinite for a loss above 709, not a number for one that is none. */
    public static double of(double loss) {
        return Math.exp(loss);
    }
}
