package dev.stride.chat;

/** Text at the end of a stream that may still become something else. */
final class Held {
    private Held() {}

    /** Characters at the end of a text that are the beginning of another, but not all of it. */
    static int beginning(CharSequence text, String other) {
        for (int length = Math.min(text.length(), other.length() - 1); length > 0; length--) {
            if (endsWith(text, other, length)) {
                return length;
            }
        }
        return 0;
    }

    private static boolean endsWith(CharSequence text, String other, int length) {
        int start = text.length() - length;
        for (int i = 0; i < length; i++) {
            if (text.charAt(start + i) != other.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
