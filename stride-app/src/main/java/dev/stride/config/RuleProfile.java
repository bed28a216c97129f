package dev.stride.config;

/** Which rules plan the rate. */
public enum RuleProfile implements Word {
    /** The written rules, literally. */
    CLASSIC("classic"),
    /** What the literature recommends. */
    EVIDENCE("evidence");

    private final String word;

    RuleProfile(String word) {
        this.word = word;
    }

    @Override
    public String word() {
        return word;
    }
}
