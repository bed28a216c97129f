package dev.stride.config;

/** What is cut from a row that is too long. */
public enum TruncationRule implements Word {
    /** The front, so that the end of the answer stays. */
    KEEP_END("keep-end"),
    /** Everything behind the limit, as the reference does. */
    RIGHT("right");

    private final String word;

    TruncationRule(String word) {
        this.word = word;
    }

    @Override
    public String word() {
        return word;
    }
}
