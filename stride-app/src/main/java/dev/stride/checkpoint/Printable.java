package dev.stride.checkpoint;

/** Words out of files that strangers wrote, made fit for a terminal: no control characters, no endless lines. */
final class Printable {
    private static final int LONGEST = 200;

    private Printable() {}

    /** The text in quotes. */
    static String quoted(String text) {
        return '"' + plain(text) + '"';
    }

    /** The text without quotes. */
    static String plain(String text) {
        StringBuilder safe = new StringBuilder();
        for (int i = 0; i < text.length() && i < LONGEST; i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT || Character.isSurrogate(c)) {
                safe.append(String.format("\\u%04x", (int) c));
            } else {
                safe.append(c);
            }
        }
        return text.length() > LONGEST ? safe + "… (" + text.length() + " characters)" : safe.toString();
    }
}
