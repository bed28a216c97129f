package dev.stride.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A low-rank adapter beside each target trains (Hu et al. 2021).
 *
 * @param rank rows of A, at least 1
 * @param alpha numerator of the scale, above 0
 * @param dropout share of the adapter's input dropped in training, 0 to below 1
 * @param targets linears of each block that get an adapter, by the last part of their name
 * @param rankStabilised scale alpha/sqrt(rank) (rsLoRA, arXiv 2312.03732) instead of alpha/rank
 * @param plusRatio rate of B over that of A, above 0 (LoRA+, arXiv 2402.12354); null: both have the same rate
 */
public record LoraConfig(
        int rank,
        double alpha,
        double dropout,
        List<String> targets,
        boolean rankStabilised,
        @Nullable Double plusRatio)
        implements TuningConfig {
    /** The linears of a ChatGLM block. */
    public static final List<String> LINEARS = List.of("query_key_value", "dense", "dense_h_to_4h", "dense_4h_to_h");

    public LoraConfig {
        targets = List.copyOf(targets);
    }

    /** An adapter whose A and B have the same rate. */
    public LoraConfig(int rank, double alpha, double dropout, List<String> targets, boolean rankStabilised) {
        this(rank, alpha, dropout, targets, rankStabilised, null);
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
