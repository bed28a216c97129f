package dev.stride.config;

/** Which roles' tokens train; the names are those of the tokenizer room's label rules. */
public enum TrainedRoles implements Word {
    /** Assistant messages only. */
    LEGACY("legacy"),
    /** Every role but system and user: the official demo's rule of February 2024. */
    DEMO("demo");

    private final String word;

    TrainedRoles(String word) {
        this.word = word;
    }

    @Override
    public String word() {
        return word;
    }
}
