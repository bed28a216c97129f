package dev.stride.config;

/** What trains. */
public enum Method implements Word {
    /** Every weight. */
    FULL("full"),
    /** A low-rank adapter beside a frozen base. */
    LORA("lora");

    private final String word;

    Method(String word) {
        this.word = word;
    }

    @Override
    public String word() {
        return word;
    }
}
