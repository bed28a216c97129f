package dev.stride.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SentencePieceModelTest {
    private static final SentencePieceModel MODEL = SmallVocabulary.model();

    private static byte[] withPieces(List<Piece> pieces) {
        return new SentencePieceModel(pieces, MODEL.settings()).toBytes();
    }

    /** The model's bytes with one more trainer_spec or normalizer_spec; in protobuf the last value of a field counts. */
    private static byte[] withSpec(int specField, Wire.Writer spec) {
        byte[] more = new Wire.Writer().message(specField, spec).toBytes();
        byte[] bytes = MODEL.toBytes();
        byte[] joined = Arrays.copyOf(bytes, bytes.length + more.length);
        System.arraycopy(more, 0, joined, bytes.length, more.length);
        return joined;
    }

    private static List<String> refusals(byte[] bytes) {
        UserException refusal =
                catchThrowableOfType(UserException.class, () -> SentencePieceModel.parse(bytes, "test.model"));
        assertThat(refusal).isNotNull();
        assertThat(refusal).hasMessageContaining("test.model");
        return refusal.problems().stream().map(Problem::where).toList();
    }

    @Test
    void read_writtenFile_isTheSame(@TempDir Path folder) {
        Path file = folder.resolve("tokenizer.model");
        MODEL.write(file);
        SentencePieceModel read = SentencePieceModel.read(file);
        assertThat(read.pieces()).isEqualTo(MODEL.pieces());
        assertThat(read.settings().splitDigits()).isTrue();
        assertThat(read.settings().maxPieceLength()).isEqualTo(16);
        assertThat(read.settings().characterCoverage()).isEqualTo((float) 0.99);
        assertThat(read.toBytes()).isEqualTo(MODEL.toBytes());
    }

    @Test
    void parse_anyPrefixOfAFile_isRefused() {
        byte[] bytes = MODEL.toBytes();
        int refused = 0;
        for (int length = 0; length < bytes.length; length++) {
            byte[] prefix = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> SentencePieceModel.parse(prefix, "test.model"))
                    .as("%d of %d bytes", length, bytes.length)
                    .isInstanceOf(UserException.class)
                    .hasMessageContaining("test.model");
            refused++;
        }
        assertThat(refused).isGreaterThan(5000);
    }

    @Test
    void parse_gitLfsPointer_isRefusedAndExplained() {
        byte[] pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:e7dc\nsize 1018370\n"
                .getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> SentencePieceModel.parse(pointer, "tokenizer.model"))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("Git LFS pointer");
    }

    @Test
    void parse_unsupportedRules_areAllNamedAtOnce() {
        byte[] bytes = withSpec(
                3,
                new Wire.Writer()
                        .string(1, "nmt_nfkc")
                        .string(2, "map")
                        .bool(3, false)
                        .bool(4, true)
                        .bool(5, false));
        assertThat(refusals(bytes))
                .containsExactly(
                        "normalizer_spec",
                        "normalizer_spec.add_dummy_prefix",
                        "normalizer_spec.remove_extra_whitespaces",
                        "normalizer_spec.escape_whitespaces");
        assertThat(refusals(withSpec(
                        2, new Wire.Writer().varint(3, 1).bool(24, true).bool(35, false))))
                .containsExactly(
                        "trainer_spec.model_type",
                        "trainer_spec.treat_whitespace_as_suffix",
                        "trainer_spec.byte_fallback");
    }

    @Test
    void parse_unknownFields_areSkipped() {
        Wire.Writer odd = new Wire.Writer().varint(900, 7).float32(901, 1f).string(902, "later version");
        assertThat(SentencePieceModel.parse(withSpec(2, odd), "test.model").pieces())
                .isEqualTo(MODEL.pieces());
    }

    @Test
    void parse_userDefinedPiece_isRefused() {
        List<Piece> pieces = new ArrayList<>(MODEL.pieces());
        pieces.add(new Piece("<|user|>", 0f, Piece.Kind.USER_DEFINED));
        assertThat(refusals(withPieces(pieces))).containsExactly("pieces");
    }

    @Test
    void parse_textTwiceOrEmpty_isRefused() {
        List<Piece> pieces = new ArrayList<>(MODEL.pieces());
        pieces.add(pieces.get(300));
        pieces.add(new Piece("", -999f, Piece.Kind.NORMAL));
        pieces.add(new Piece("odd", Float.NaN, Piece.Kind.NORMAL));
        assertThat(refusals(withPieces(pieces))).containsExactly("piece 460", "piece 461", "piece 462");
    }

    @Test
    void parse_missingBytesAndControls_areRefused() {
        List<Piece> pieces = MODEL.pieces().subList(2, 200);
        assertThat(refusals(withPieces(pieces))).containsExactly("piece 0", "piece 1", "piece 2", "byte pieces");
    }

    @Test
    void read_missingFile_namesIt(@TempDir Path folder) {
        Path file = folder.resolve("absent.model");
        assertThatThrownBy(() -> SentencePieceModel.read(file))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("absent.model");
        assertThat(Files.exists(file)).isFalse();
    }
}
