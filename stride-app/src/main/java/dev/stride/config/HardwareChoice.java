package dev.stride.config;

/** The hardware whose factor the classic rules apply. What a card computes in is NVIDIA's published compute capability. */
public enum HardwareChoice implements Word {
    /** What the run's device is. */
    AUTO("auto", Kind.DETECTED),
    A10("a10", Kind.BF16),
    A30("a30", Kind.BF16),
    A40("a40", Kind.BF16),
    A100("a100", Kind.BF16),
    H100("h100", Kind.BF16),
    H200("h200", Kind.BF16),
    B200("b200", Kind.BF16),
    L4("l4", Kind.BF16),
    L40S("l40s", Kind.BF16),
    RTX_3090("rtx3090", Kind.BF16),
    RTX_4090("rtx4090", Kind.BF16),
    RTX_5090("rtx5090", Kind.BF16),
    V100("v100", Kind.FP16_ONLY),
    T4("t4", Kind.FP16_ONLY),
    RTX_2080("rtx2080", Kind.FP16_ONLY),
    CPU("cpu", Kind.CPU);

    /** What a device computes in. */
    public enum Kind {
        /** To be found out. */
        DETECTED,
        /** A card with bf16: capability 8.0 or more. */
        BF16,
        /** A card with fp16 and no bf16: capability below 8.0. */
        FP16_ONLY,
        /** A processor, with or without instructions for bf16. */
        CPU
    }

    private final String word;
    private final Kind kind;

    HardwareChoice(String word, Kind kind) {
        this.word = word;
        this.kind = kind;
    }

    @Override
    public String word() {
        return word;
    }

    /** What it computes in. */
    public Kind kind() {
        return kind;
    }
}
