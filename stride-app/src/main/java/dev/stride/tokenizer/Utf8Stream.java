package dev.stride.tokenizer;

/**
 * Turns bytes that come one at a time into text: a character is written when its last byte is there. Each longest part
 * of a broken sequence becomes one U+FFFD, as Python's {@code errors="replace"} does it (Unicode, table 3-7 and
 * "substitution of maximal subparts"). Others differ on broken bytes: the JDK gives an encoded surrogate one mark instead of
 * three, and the SentencePiece library gives one mark for every byte.
 */
final class Utf8Stream {
    private static final char REPLACEMENT = '\uFFFD';

    private int codePoint;
    private int missing;
    private int lowest = 0x80;
    private int highest = 0xBF;

    /** Takes one byte, 0 to 255. */
    void accept(int value, StringBuilder out) {
        if (missing == 0) {
            begin(value, out);
        } else if (value < lowest || value > highest) {
            finish(out);
            begin(value, out);
        } else {
            lowest = 0x80;
            highest = 0xBF;
            codePoint = (codePoint << 6) | (value & 0x3F);
            if (--missing == 0) {
                out.appendCodePoint(codePoint);
            }
        }
    }

    /** No more bytes come: a character that is not whole becomes U+FFFD. */
    void finish(StringBuilder out) {
        if (missing > 0) {
            missing = 0;
            lowest = 0x80;
            highest = 0xBF;
            out.append(REPLACEMENT);
        }
    }

    private void begin(int value, StringBuilder out) {
        if (value < 0x80) {
            out.append((char) value);
        } else if (value >= 0xC2 && value <= 0xDF) {
            missing = 1;
            codePoint = value & 0x1F;
        } else if (value >= 0xE0 && value <= 0xEF) {
            missing = 2;
            codePoint = value & 0x0F;
            lowest = value == 0xE0 ? 0xA0 : 0x80; // no overlong forms
            highest = value == 0xED ? 0x9F : 0xBF; // no surrogates
        } else if (value >= 0xF0 && value <= 0xF4) {
            missing = 3;
            codePoint = value & 0x07;
            lowest = value == 0xF0 ? 0x90 : 0x80;
            highest = value == 0xF4 ? 0x8F : 0xBF; // nothing above U+10FFFF
        } else {
            out.append(REPLACEMENT);
        }
    }
}
