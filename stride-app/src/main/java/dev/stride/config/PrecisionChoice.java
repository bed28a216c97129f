package dev.stride.config;

/** The type that products are computed in. */
public enum PrecisionChoice implements Word {
    /** Chosen by the plan. */
    AUTO("auto"),
    FP32("fp32"),
    /** With float32 masters for what trains. */
    BF16("bf16"),
    /** On CUDA only, with a dynamic loss scale. */
    FP16("fp16");

    private final String word;

    PrecisionChoice(String word) {
        this.word = word;
    }

    @Override
    public String word() {
        return word;
    }
}
