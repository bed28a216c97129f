package dev.stride.config;

import java.util.List;

/**
 * A low-rank adapter beside each target trains (Hu et al. 2021).
 *
 * @param rank rows of A, at least 1
 * @param alpha numerator of the scale, above 0
 * @param dropout share of the adapter's input dropped in training, 0 to below 1
 * @param targets linears of each block that get an adapter, by the last part of their name
 * @param rankStabilised scale alpha/sqrt(rank) (rsLoRA, arXiv 2312.03732) instead of alpha/rank
 */
public record LoraConfig(int rank, double alpha, double dropout, List<String> targets, boolean rankStabilised)
        implements TuningConfig {
    /** The linears of a ChatGLM block. */
    public static final List<String> LINEARS = List.of("query_key_value", "dense", "dense_h_to_4h", "dense_4h_to_h");

    public LoraConfig {
        targets = List.copyOf(targets);
    }

    @Override
    public Method method() {
        return Method.LORA;
    }

    /** What the product B A is multiplied by. */
    public double scale() {
        return rankStabilised ? alpha / Math.sqrt(rank) : alpha / rank;
    }
}
