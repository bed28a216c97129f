package dev.stride.config;

/** The shape of the rate over the updates; transformers' names where it has them. */
public enum ScheduleName implements Word {
    CONSTANT("constant"),
    LINEAR("linear"),
    COSINE("cosine"),
    /** The hf form only: cosine_with_restarts. */
    COSINE_RESTARTS("cosine-restarts"),
    /** The hf form only: cosine_warmup_with_min_lr, whose first update is not 0. */
    COSINE_WARMUP_MIN("cosine-warmup-min"),
    POLYNOMIAL("polynomial"),
    INVERSE_SQRT("inverse-sqrt"),
    /** Warm-up, stable, decay. */
    WSD("wsd");

    private final String word;

    ScheduleName(String word) {
        this.word = word;
    }

    @Override
    public String word() {
        return word;
    }
}
