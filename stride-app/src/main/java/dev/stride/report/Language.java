package dev.stride.report;

/** A language that reports are written in. */
public enum Language {
    ENGLISH("en"),
    CHINESE("zh");

    private final String tag;

    Language(String tag) {
        this.tag = tag;
    }

    /** The language's tag as in the {@code lang} attribute. */
    public String tag() {
        return tag;
    }
}
