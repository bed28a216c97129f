package dev.stride.tokenizer;

/**
 * Text from ids that come one after another, for streams: what is returned can be shown at once and never holds half a
 * character. All that {@code feed} returned, and then {@code finish}, is what {@link Tokenizer#decode} gives for all ids
 * together. One decoder is for one text and one thread.
 *
 * <p>It follows the tokenizer's path through Hugging Face's {@code decode}, where the special tokens' names are part of one
 * text: only a space at the very beginning is taken as the dummy prefix and left out, so a space stays after
 * {@code <|assistant|>}.
 */
public final class IncrementalDecoder {
    private final Tokenizer tokenizer;
    private final Utf8Stream bytes = new Utf8Stream();
    private boolean atStart = true;

    IncrementalDecoder(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** Takes the next ids and gives the text that is complete; empty while a character's bytes are still missing. */
    public String feed(int... ids) {
        StringBuilder out = new StringBuilder();
        for (int id : ids) {
            feed(id, out);
        }
        return out.toString();
    }

    /** The end of the text: U+FFFD where the last character's bytes are not all there, else nothing. */
    public String finish() {
        StringBuilder out = new StringBuilder();
        bytes.finish(out);
        return out.toString();
    }

    private void feed(int id, StringBuilder out) {
        int value = tokenizer.byteValue(id);
        if (value >= 0) {
            bytes.accept(value, out);
            atStart = false;
            return;
        }
        int before = out.length();
        bytes.finish(out);
        String text = tokenizer.surface(id);
        if (atStart && !text.isEmpty()) {
            atStart = false;
            if (text.charAt(0) == Spaces.MARK) {
                text = text.substring(1);
            }
        }
        out.append(text);
        for (int i = before; i < out.length(); i++) {
            if (out.charAt(i) == Spaces.MARK) {
                out.setCharAt(i, ' ');
            }
        }
    }
}
