package dev.stride.tokenizer;

/** How text is prepared before it is cut into pieces: the identity normalizer with a dummy prefix. */
final class Spaces {
    /** Stands for a space inside pieces: U+2581, lower one eighth block. */
    static final char MARK = '\u2581';

    private Spaces() {}

    /**
     * One mark in front, every space turned into a mark, nothing else changed. A text of no characters stays empty. An
     * unpaired surrogate has no UTF-8 form and becomes U+FFFD.
     */
    static char[] prepare(String text) {
        if (text.isEmpty()) {
            return new char[0];
        }
        char[] prepared = new char[text.length() + 1];
        prepared[0] = MARK;
        text.getChars(0, text.length(), prepared, 1);
        for (int i = 1; i < prepared.length; i++) {
            char c = prepared[i];
            if (c == ' ') {
                prepared[i] = MARK;
            } else if (Character.isSurrogate(c)) {
                boolean paired = Character.isHighSurrogate(c)
                        && i + 1 < prepared.length
                        && Character.isLowSurrogate(prepared[i + 1]);
                if (paired) {
                    i++;
                } else {
                    prepared[i] = '\uFFFD';
                }
            }
        }
        return prepared;
    }
}
