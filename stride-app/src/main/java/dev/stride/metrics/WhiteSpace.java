package dev.stride.metrics;

import java.util.List;
import java.util.regex.Pattern;

/**
 * White space as Python sees it, which the reference scores were made with: Unicode's white space and the four
 * separators U+001C to U+001F.
 */
final class WhiteSpace {
    private static final String SPACE = "[\\s\\x1C-\\x1F]+";
    private static final Pattern RUN = Pattern.compile(SPACE, Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern END = Pattern.compile(SPACE + "\\z", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern START = Pattern.compile("\\A" + SPACE, Pattern.UNICODE_CHARACTER_CLASS);

    private WhiteSpace() {}

    /** The text without white space at its ends. */
    static String strip(String text) {
        return START.matcher(stripEnd(text)).replaceFirst("");
    }

    /** The text without white space at its end. */
    static String stripEnd(String text) {
        return END.matcher(text).replaceFirst("");
    }

    /** What lies between runs of white space; one empty string for a blank text. */
    static List<String> split(String text) {
        return List.of(RUN.split(strip(text), -1));
    }
}
