package dev.stride.config;

/** How the peak follows the batch. */
public enum ScalingRule implements Word {
    /** In proportion. */
    LINEAR("linear"),
    /** With the square root. */
    SQRT("sqrt"),
    /** Not at all. */
    NONE("none");

    private final String word;

    ScalingRule(String word) {
        this.word = word;
    }

    @Override
    public String word() {
        return word;
    }
}
