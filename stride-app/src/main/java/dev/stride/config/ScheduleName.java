package dev.stride.config;

/** The shape of the rate over the updates; transformers' names where it has them. */
public enum ScheduleName implements Word {
    CONSTANT("constant"),
    LINEAR("linear"),
    COSINE("cosine"),
    /** Several half cosines, one behind the other. */
    COSINE_RESTARTS("cosine-restarts"),
    /** The hf form only: cosine_warmup_with_min_lr, whose first update is not 0. */
    COSINE_WARMUP_MIN("cosine-warmup-min"),
    POLYNOMIAL("polynomial"),
    INVERSE_SQRT("inverse-sqrt"),
    /** Warm-up, stable, decay. */
    WSD("wsd"),
    /** Half a cosine up, half a cosine down. */
    ONE_CYCLE("one-cycle"),
    /** Reflected exponential: slow at first, steep at the end. */
    REX("rex"),
    /** The peak, cut whenever validation stops getting better. */
    PLATEAU("plateau");

    private final String word;

    ScheduleName(String word) {
        this.word = word;
    }

    @Override
    public String word() {
        return word;
    }
}
