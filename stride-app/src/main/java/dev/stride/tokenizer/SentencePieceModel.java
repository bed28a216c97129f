package dev.stride.tokenizer;

import dev.stride.config.Problem;
import dev.stride.config.UserException;
import dev.stride.tokenizer.Piece.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a SentencePiece {@code .model} file holds, as far as a BPE tokenizer needs it: the pieces in id order and the
 * rules for spaces, digits and unknown characters.
 *
 * <p>Only files that ChatGLM's rules describe can be read: model type BPE, identity normalizer with a
 * dummy prefix and all white space kept, byte fallback with all 256 byte pieces, and unknown, begin and end of sequence
 * as ids 0, 1 and 2. Anything else is refused with every reason at once. Field numbers are those of SentencePiece's
 * {@code sentencepiece_model.proto}.
 */
public final class SentencePieceModel {
    static final int UNKNOWN_ID = 0;
    static final int BOS_ID = 1;
    static final int EOS_ID = 2;
    private static final int BPE = 2;

    private final List<Piece> pieces;
    private final Settings settings;

    SentencePieceModel(List<Piece> pieces, Settings settings) {
        this.pieces = List.copyOf(pieces);
        this.settings = settings;
    }

    /**
     * How the vocabulary was trained; recorded in the file, without effect on reading it.
     *
     * @param characterCoverage the share of all characters that got a piece of their own, 0 to 1
     * @param maxPieceLength the longest piece in code points
     * @param splitDigits whether each digit is a piece of its own
     */
    record Settings(double characterCoverage, int maxPieceLength, boolean splitDigits) {}

    /** Reads a file. Throws UserException where it is damaged or asks for rules that are not supported. */
    public static SentencePieceModel read(Path file) {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the vocabulary " + file + ": " + e.getMessage(), e);
        }
        return parse(bytes, file.toString());
    }

    /** Writes the file, over one that is there. */
    public void write(Path file) {
        try {
            Files.write(file, toBytes());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the vocabulary " + file + ": " + e.getMessage(), e);
        }
    }

    /** The number of pieces: their ids are 0 to one less. */
    public int numPieces() {
        return pieces.size();
    }

    List<Piece> pieces() {
        return pieces;
    }

    Settings settings() {
        return settings;
    }

    static SentencePieceModel parse(byte[] bytes, String name) {
        Draft draft = new Draft();
        try {
            draft.readModel(new Wire.Reader(ByteBuffer.wrap(bytes)));
        } catch (Wire.FormatException e) {
            throw new UserException(
                    name + " is not a SentencePiece model, or it is damaged: " + e.getMessage()
                            + ". Copy tokenizer.model anew; a file of about 130 bytes is a Git LFS pointer, not the vocabulary");
        }
        List<Problem> problems = draft.problems(name);
        if (!problems.isEmpty()) {
            throw new UserException(name + " is a vocabulary that cannot be used", problems);
        }
        return new SentencePieceModel(draft.pieces, draft.settings());
    }

    byte[] toBytes() {
        Wire.Writer model = new Wire.Writer();
        for (Piece piece : pieces) {
            Wire.Writer entry = new Wire.Writer().string(1, piece.text()).float32(2, piece.score());
            if (piece.kind() != Kind.NORMAL) {
                entry.varint(3, piece.kind().number());
            }
            model.message(1, entry);
        }
        Wire.Writer trainer = new Wire.Writer()
                .varint(3, BPE)
                .varint(4, pieces.size())
                .float32(10, (float) settings.characterCoverage)
                .varint(20, settings.maxPieceLength)
                .bool(21, true) // split_by_unicode_script
                .bool(22, true) // split_by_whitespace
                .bool(23, true) // split_by_number
                .bool(24, false) // treat_whitespace_as_suffix
                .bool(25, settings.splitDigits)
                .bool(26, true) // allow_whitespace_only_pieces
                .bool(35, true) // byte_fallback
                .varint(40, UNKNOWN_ID)
                .varint(41, BOS_ID)
                .varint(42, EOS_ID)
                .varint(43, -1) // pad: none
                .string(45, pieces.get(UNKNOWN_ID).text())
                .string(46, pieces.get(BOS_ID).text())
                .string(47, pieces.get(EOS_ID).text());
        Wire.Writer normalizer = new Wire.Writer()
                .string(1, "identity")
                .bool(3, true) // add_dummy_prefix
                .bool(4, false) // remove_extra_whitespaces
                .bool(5, true); // escape_whitespaces
        return model.message(2, trainer).message(3, normalizer).toBytes();
    }

    /** What has been read so far; the values before reading are the defaults of the proto file. */
    private static final class Draft {
        private final List<Piece> pieces = new ArrayList<>();
        private final List<String> oddKinds = new ArrayList<>();
        private long modelType = 1;
        private double characterCoverage = 0.9995;
        private int maxPieceLength = 16;
        private boolean whitespaceAsSuffix;
        private boolean splitDigits;
        private boolean byteFallback;
        private String normalizerName = "";
        private int charsMapBytes;
        private boolean addDummyPrefix = true;
        private boolean removeExtraWhitespaces = true;
        private boolean escapeWhitespaces = true;

        Settings settings() {
            return new Settings(characterCoverage, maxPieceLength, splitDigits);
        }

        void readModel(Wire.Reader in) throws Wire.FormatException {
            while (in.next()) {
                switch (in.field()) {
                    case 1 -> readPiece(new Wire.Reader(in.readBytes()));
                    case 2 -> readTrainer(new Wire.Reader(in.readBytes()));
                    case 3 -> readNormalizer(new Wire.Reader(in.readBytes()));
                    default -> in.skip();
                }
            }
        }

        private void readPiece(Wire.Reader in) throws Wire.FormatException {
            String text = "";
            float score = 0;
            long number = Kind.NORMAL.number();
            while (in.next()) {
                switch (in.field()) {
                    case 1 -> text = in.readString();
                    case 2 -> score = in.readFloat();
                    case 3 -> number = in.readVarint();
                    default -> in.skip();
                }
            }
            Kind kind = Kind.UNUSED;
            for (Kind each : Kind.values()) {
                if (each.number() == number) {
                    kind = each;
                }
            }
            if (kind == Kind.UNUSED || kind == Kind.USER_DEFINED) {
                oddKinds.add("id " + pieces.size() + " '" + text + "' of type " + number);
            }
            pieces.add(new Piece(text, score, kind));
        }

        private void readTrainer(Wire.Reader in) throws Wire.FormatException {
            while (in.next()) {
                switch (in.field()) {
                    case 3 -> modelType = in.readVarint();
                    case 10 -> characterCoverage = in.readFloat();
                    case 20 -> maxPieceLength = (int) in.readVarint();
                    case 24 -> whitespaceAsSuffix = in.readBoolean();
                    case 25 -> splitDigits = in.readBoolean();
                    case 35 -> byteFallback = in.readBoolean();
                    default -> in.skip();
                }
            }
        }

        private void readNormalizer(Wire.Reader in) throws Wire.FormatException {
            while (in.next()) {
                switch (in.field()) {
                    case 1 -> normalizerName = in.readString();
                    case 2 -> charsMapBytes = in.readBytes().remaining();
                    case 3 -> addDummyPrefix = in.readBoolean();
                    case 4 -> removeExtraWhitespaces = in.readBoolean();
                    case 5 -> escapeWhitespaces = in.readBoolean();
                    default -> in.skip();
                }
            }
        }

        List<Problem> problems(String file) {
            List<Problem> problems = new ArrayList<>();
            if (pieces.isEmpty()) {
                problems.add(Problem.of(file, "no pieces", "a SentencePiece BPE model"));
                return problems;
            }
            if (modelType != BPE) {
                String name = switch ((int) modelType) {
                    case 1 -> "UNIGRAM";
                    case 3 -> "WORD";
                    case 4 -> "CHAR";
                    default -> "number " + modelType;
                };
                problems.add(Problem.of("trainer_spec.model_type", name, "BPE"));
            }
            if (charsMapBytes > 0) {
                problems.add(Problem.of(
                        "normalizer_spec",
                        "'" + normalizerName + "' with a character map of " + charsMapBytes + " bytes",
                        "identity, without a character map"));
            }
            flag(problems, "normalizer_spec.add_dummy_prefix", addDummyPrefix, true);
            flag(problems, "normalizer_spec.remove_extra_whitespaces", removeExtraWhitespaces, false);
            flag(problems, "normalizer_spec.escape_whitespaces", escapeWhitespaces, true);
            flag(problems, "trainer_spec.treat_whitespace_as_suffix", whitespaceAsSuffix, false);
            flag(problems, "trainer_spec.byte_fallback", byteFallback, true);
            if (!oddKinds.isEmpty()) {
                problems.add(Problem.of(
                        "pieces",
                        oddKinds.size() + " of an unsupported type, first " + oddKinds.get(0),
                        "types normal, unknown, control and byte"));
            }
            checkLayout(problems);
            return problems;
        }

        private static void flag(List<Problem> problems, String where, boolean given, boolean needed) {
            if (given != needed) {
                problems.add(Problem.of(where, String.valueOf(given), String.valueOf(needed)));
            }
        }

        private void checkLayout(List<Problem> problems) {
            Kind[] first = {Kind.UNKNOWN, Kind.CONTROL, Kind.CONTROL};
            for (int id = 0; id < first.length; id++) {
                Kind found = id < pieces.size() ? pieces.get(id).kind() : Kind.UNUSED;
                if (found != first[id]) {
                    problems.add(Problem.of("piece " + id, "type " + found, "type " + first[id]));
                }
            }
            Map<String, Integer> seen = new HashMap<>();
            int numBytes = 0;
            for (int id = 0; id < pieces.size(); id++) {
                Piece piece = pieces.get(id);
                if (piece.text().isEmpty()) {
                    problems.add(Problem.of("piece " + id, "empty text", "at least one character"));
                    continue;
                }
                Integer earlier = seen.putIfAbsent(piece.text(), id);
                if (earlier != null) {
                    problems.add(
                            Problem.of("piece " + id, "'" + piece.text() + "', as piece " + earlier, "each text once"));
                }
                if (Float.isNaN(piece.score())) {
                    problems.add(Problem.of("piece " + id, "score NaN", "a number"));
                }
                if (piece.kind() == Kind.BYTE) {
                    numBytes++;
                    if (!piece.text().matches("<0x[0-9A-F]{2}>")) {
                        problems.add(Problem.of("piece " + id, "'" + piece.text() + "'", "<0x00> to <0xFF>"));
                    }
                }
            }
            if (numBytes != 256) {
                problems.add(Problem.of("byte pieces", numBytes + " of them", "256"));
            }
        }
    }
}
