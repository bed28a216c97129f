package dev.stride.config;

/** Which rules plan the rate. */
public enum RuleProfile implements Word {
    /** The written rules, literally. */
    CLASSIC("classic"),
    /** What published measurements say where they differ from the written rules. */
    EVIDENCE("evidence");

    private final String word;

    RuleProfile(String word) {
        this.word = word;
    }

    @Override
    public String word() {
        return word;
    }

    /** The one to compare with. */
    public RuleProfile other() {
        return this == CLASSIC ? EVIDENCE : CLASSIC;
    }
}
