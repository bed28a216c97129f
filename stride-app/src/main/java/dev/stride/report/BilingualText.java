package dev.stride.report;

/** One sentence in both languages of a report. */
public record BilingualText(String english, String chinese) {
    /** No sentence. */
    public static final BilingualText NONE = new BilingualText("", "");

    /** A sentence that stands as it is in either language. */
    public static BilingualText of(String text) {
        return new BilingualText(text, text);
    }

    /** Fixed words of a report, filled in. */
    static BilingualText of(Words words, Object... values) {
        return new BilingualText(words.in(Language.ENGLISH, values), words.in(Language.CHINESE, values));
    }

    /** Whether there is nothing to say. */
    public boolean isEmpty() {
        return english.isEmpty() && chinese.isEmpty();
    }

    /** The sentence in one language. */
    public String in(Language language) {
        return language == Language.ENGLISH ? english : chinese;
    }
}
