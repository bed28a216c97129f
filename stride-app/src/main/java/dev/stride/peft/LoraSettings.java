package dev.stride.peft;

import java.util.List;

/**
 * The shape of a LoRA adapter (Hu et al. 2021; PEFT's names).
 *
 * @param rank rows of A
 * @param alpha numerator of the scale
 * @param dropout share of the adapter's input that is dropped in training
 * @param targets linears of each block that get an adapter, by the last part of their name
 * @param rankStabilised scale alpha / sqrt(rank) instead of alpha / rank (rsLoRA, arXiv 2312.03732)
 */
public record LoraSettings(int rank, double alpha, double dropout, List<String> targets, boolean rankStabilised) {
    public LoraSettings {
        targets = List.copyOf(targets);
    }

    /** What the product B A is multiplied by. */
    public double scale() {
        return rankStabilised ? alpha / Math.sqrt(rank) : alpha / rank;
    }
}
