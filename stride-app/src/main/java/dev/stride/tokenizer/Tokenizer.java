package dev.stride.tokenizer;

import dev.stride.tokenizer.Piece.Kind;
import java.nio.file.Path;
import java.util.List;

/**
 * A SentencePiece BPE vocabulary with ChatGLM's special tokens behind it: text to ids and back.
 *
 * <p>Ids 0 to numPieces - 1 are the pieces of the file (0 unknown and padding, 1 begin, 2 end of sequence, then the 256
 * bytes, then text); the special tokens of the {@link Family} follow. A special id never comes from text: the characters
 * {@code <|user|>} in a message are ordinary text. Exact on the reference's golden texts (tokenization_chatglm.py).
 *
 * <p>Immutable; may be shared by threads.
 */
public final class Tokenizer {
    private static final int NO_BYTE = -1;

    private final Family family;
    private final List<Piece> pieces;
    private final BpeEncoder encoder;
    private final int[] byteValues;

    private Tokenizer(SentencePieceModel model, Family family) {
        this.family = family;
        this.pieces = model.pieces();
        this.encoder = new BpeEncoder(pieces);
        this.byteValues = new int[pieces.size()];
        for (int id = 0; id < byteValues.length; id++) {
            Piece piece = pieces.get(id);
            byteValues[id] =
                    piece.kind() == Kind.BYTE ? Integer.parseInt(piece.text().substring(3, 5), 16) : NO_BYTE;
        }
    }

    /** Reads {@code tokenizer.model}, a SentencePiece model file, with the special tokens of ChatGLM3. */
    public static Tokenizer read(Path file) {
        return read(file, Family.CHATGLM3);
    }

    /**
     * Reads a SentencePiece model file with a family's special tokens.
     *
     * @throws dev.stride.config.UserException where the file is damaged or its rules are not supported, with all reasons
     * @throws java.io.UncheckedIOException where it cannot be read
     */
    public static Tokenizer read(Path file, Family family) {
        return of(SentencePieceModel.read(file), family);
    }

    /** A tokenizer over a vocabulary that is in memory. */
    public static Tokenizer of(SentencePieceModel model, Family family) {
        return new Tokenizer(model, family);
    }

    /** Which special tokens this tokenizer has. */
    public Family family() {
        return family;
    }

    /** The number of pieces of the file: 64789 for ChatGLM; it is also the id of the first special token. */
    public int numPieces() {
        return pieces.size();
    }

    /** All ids that have a meaning: pieces and special tokens. A model's padded vocabulary must be at least this. */
    public int size() {
        return pieces.size() + family.specialTokens().size();
    }

    /**
     * The ids of a text; special ids are never among them, whatever the text says. An empty text has no ids, any other
     * begins with a piece that carries the dummy prefix. An unpaired surrogate is read as U+FFFD.
     */
    public int[] encode(String text) {
        return encoder.encode(text);
    }

    /**
     * The text of ids. Special ids give their names; 0, 1, 2, negative ids and ids beyond the vocabulary give nothing;
     * bytes that are not UTF-8 give U+FFFD. For a text without U+2581 (the mark that stands for a space) and without
     * unpaired surrogates, {@code decode(encode(text))} is the text.
     */
    public String decode(int... ids) {
        IncrementalDecoder decoder = newDecoder();
        return decoder.feed(ids) + decoder.finish();
    }

    /** A decoder for one stream of ids. */
    public IncrementalDecoder newDecoder() {
        return new IncrementalDecoder(this);
    }

    /**
     * The name of an id for people: the piece as in the file ({@code ▁you}, {@code <0x0A>}), a special token's name, or
     * nothing for an id that has no meaning.
     */
    public String piece(int id) {
        if (id >= 0 && id < pieces.size()) {
            return pieces.get(id).text();
        }
        return isSpecial(id) ? family.specialTokens().get(id - pieces.size()) : "";
    }

    /** Whether this is the id of one of the family's special tokens. */
    public boolean isSpecial(int id) {
        return id >= pieces.size() && id < size();
    }

    /** The id of a special token by name, for example {@code [gMASK]}. */
    public int specialId(String name) {
        int index = family.specialTokens().indexOf(name);
        if (index < 0) {
            throw new IllegalArgumentException(
                    family + " has no special token " + name + "; it has " + family.specialTokens());
        }
        return pieces.size() + index;
    }

    /** The id that opens a role's message; only ChatGLM3 has them. */
    public int roleId(Role role) {
        return specialId(role.token());
    }

    /** The two ids in front of every sequence: [gMASK] and sop. */
    public int[] prefixIds() {
        return new int[] {specialId("[gMASK]"), specialId("sop")};
    }

    /** End of sequence: 2. */
    public int eosId() {
        return SentencePieceModel.EOS_ID;
    }

    /** The id that fills rows up: 0, the unknown piece, as the reference does. */
    public int padId() {
        return SentencePieceModel.UNKNOWN_ID;
    }

    /** The ids that end an answer: end of sequence, and in ChatGLM3 a user's or an observation's turn (modeling_chatglm.py, stream_generate). */
    public int[] stopIds() {
        return family == Family.CHATGLM3
                ? new int[] {eosId(), roleId(Role.USER), roleId(Role.OBSERVATION)}
                : new int[] {eosId()};
    }

    /** The byte that an id stands for, 0 to 255, or -1 if it stands for text. */
    int byteValue(int id) {
        return id >= 0 && id < byteValues.length ? byteValues[id] : NO_BYTE;
    }

    /** What an id adds to decoded text, with marks for spaces; nothing for control ids and ids without a meaning. */
    String surface(int id) {
        boolean silent = id >= 0 && id < pieces.size() && pieces.get(id).kind() != Kind.NORMAL;
        return silent ? "" : piece(id);
    }
}
