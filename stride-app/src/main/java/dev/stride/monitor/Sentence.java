package dev.stride.monitor;

/**
 * One sentence in both languages.
 *
 * @param english the sentence in English
 * @param chinese the same in Chinese
 */
public record Sentence(String english, String chinese) {
    public Sentence {
        if (english.isBlank() || chinese.isBlank()) {
            throw new IllegalArgumentException("a sentence needs both languages: '" + english + "', '" + chinese + "'");
        }
    }
}
