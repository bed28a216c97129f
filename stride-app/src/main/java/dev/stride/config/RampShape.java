package dev.stride.config;

/** How a warmup-stable-decay schedule goes from one level to the other. */
public enum RampShape implements Word {
    LINEAR("linear"),
    COSINE("cosine"),
    ONE_MINUS_SQRT("1-sqrt");

    private final String word;

    RampShape(String word) {
        this.word = word;
    }

    @Override
    public String word() {
        return word;
    }
}
