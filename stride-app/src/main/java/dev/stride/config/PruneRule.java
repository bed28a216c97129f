package dev.stride.config;

/** Which rule ends trials of a sweep that will not win; all of them look at validation alone. */
public enum PruneRule implements Word {
    AUTO("auto"),
    OFF("off"),
    HALVING("halving"),
    MEDIAN("median"),
    LAW("law");

    private final String word;

    PruneRule(String word) {
        this.word = word;
    }

    @Override
    public String word() {
        return word;
    }
}
