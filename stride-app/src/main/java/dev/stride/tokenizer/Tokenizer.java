package dev.stride.tokenizer;

import java.nio.file.Path;

/** A SentencePiece BPE vocabulary with ChatGLM's special tokens behind it: text to ids and back. */
public final class Tokenizer {
    private Tokenizer() {}

    /** Reads {@code tokenizer.model}, a SentencePiece model file. */
    public static Tokenizer read(Path file) {
        throw new UnsupportedOperationException("being built: " + file);
    }

    /** The ids of a text; special ids are never among them, whatever the text says. */
    public int[] encode(String text) {
        throw new UnsupportedOperationException(text);
    }

    /** The text of ids; special ids give their names, ids beyond the vocabulary and negative ids give nothing. */
    public String decode(int... ids) {
        throw new UnsupportedOperationException("" + ids.length);
    }
}
