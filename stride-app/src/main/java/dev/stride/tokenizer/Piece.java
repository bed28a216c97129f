package dev.stride.tokenizer;

/**
 * One entry of a vocabulary.
 *
 * @param text what it stands for, with U+2581 for a space
 * @param score its merge priority: the pair whose joined text has the highest score is merged first
 * @param kind what it is for
 */
record Piece(String text, float score, Kind kind) {
    /** The kinds of SentencePiece's file, each with its number there. */
    enum Kind {
        NORMAL(1),
        UNKNOWN(2),
        CONTROL(3),
        USER_DEFINED(4),
        UNUSED(5),
        BYTE(6);

        private final int number;

        Kind(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }
    }

    /** The piece for one byte, written {@code <0x0A>}; its value is 0 to 255. */
    static Piece ofByte(int value) {
        return new Piece("<0x%02X>".formatted(value), 0f, Kind.BYTE);
    }
}
