package dev.stride.config;

/** What the model is tuned for; it picks the recipe. */
public enum Task implements Word {
    /** A short text in, a label out. */
    CLASSIFICATION("classification"),
    /** Turns of a conversation. */
    DIALOGUE("dialogue"),
    /** Source code, continued. */
    CODE("code");

    private final String word;

    Task(String word) {
        this.word = word;
    }

    @Override
    public String word() {
        return word;
    }
}
