package dev.stride.config;

/** When a run tests itself before it trains. */
public enum SelfTestChoice implements Word {
    /** Before runs of at least 1,000 updates. */
    AUTO("auto"),
    /** Always. */
    ON("on"),
    /** Never. */
    OFF("off");

    private final String word;

    SelfTestChoice(String word) {
        this.word = word;
    }

    @Override
    public String word() {
        return word;
    }
}
