package dev.stride.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class TokenizerTest {
    private static final int FIRST_SPECIAL = SmallVocabulary.NUM_PIECES;

    private final Tokenizer tokenizer = SmallVocabulary.tokenizer();

    private List<String> pieces(String text) {
        return Arrays.stream(tokenizer.encode(text)).mapToObj(tokenizer::piece).toList();
    }

    @Test
    void decode_randomUnicode_givesTheTextBack() {
        List<String> texts = SmallVocabulary.randomTexts(2000, 1);
        for (String text : texts) {
            assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
        }
        assertThat(texts).anyMatch(text -> text.codePoints().anyMatch(c -> c > 0xFFFF));
    }

    @Test
    void encode_randomUnicode_mergesAsThePlainAlgorithmDoes() {
        PlainBpe plain = new PlainBpe(SmallVocabulary.model().pieces());
        for (String text : SmallVocabulary.randomTexts(1000, 2)) {
            assertThat(tokenizer.encode(text)).as(text).containsExactly(plain.encode(text));
        }
    }

    @Test
    void encode_equalScores_mergesTheLeftmostFirst() {
        List<Piece> pieces = new ArrayList<>(SmallVocabulary.model().pieces());
        pieces.replaceAll(piece -> new Piece(piece.text(), 0f, piece.kind()));
        BpeEncoder encoder = new BpeEncoder(pieces);
        PlainBpe plain = new PlainBpe(pieces);
        for (String text : SmallVocabulary.randomTexts(500, 3)) {
            assertThat(encoder.encode(text)).as(text).containsExactly(plain.encode(text));
        }
    }

    @Test
    void encode_emptyText_hasNoIds() {
        assertThat(tokenizer.encode("")).isEmpty();
        assertThat(tokenizer.decode()).isEmpty();
    }

    @Test
    void encode_newLine_isTheMarkAndAByte() {
        assertThat(pieces("\n")).containsExactly("▁", "<0x0A>");
    }

    @Test
    void encode_characterWithoutPiece_isItsBytes() {
        assertThat(pieces("😀")).containsExactly("▁", "<0xF0>", "<0x9F>", "<0x98>", "<0x80>");
    }

    @Test
    void encode_digits_standAlone() {
        assertThat(pieces("a 10")).containsExactly("▁a", "▁", "1", "0");
    }

    @Test
    void encode_unpairedSurrogate_isReadAsReplacementCharacter() {
        assertThat(tokenizer.decode(tokenizer.encode("a\uD83Db\uDE00"))).isEqualTo("a\uFFFDb\uFFFD");
        assertThat(tokenizer.decode(tokenizer.encode("\uD83D"))).isEqualTo("\uFFFD");
    }

    @Test
    void encode_markInText_decodesToASpace() {
        assertThat(tokenizer.decode(tokenizer.encode("a▁b"))).isEqualTo("a b");
    }

    @Test
    void encode_namesOfSpecialTokens_giveNoSpecialId() {
        List<String> names = new ArrayList<>(Family.CHATGLM3.specialTokens());
        names.addAll(List.of("<unk>", "<s>", "</s>", "<0x0A>"));
        String all = String.join("", names) + String.join(" ", names);
        names.add(all);
        for (String text : names) {
            int[] ids = tokenizer.encode(text);
            assertThat(Arrays.stream(ids)).as(text).allMatch(id -> id > 2 && id < FIRST_SPECIAL);
            assertThat(tokenizer.decode(ids)).isEqualTo(text);
        }
    }

    @Test
    void encode_longText_isLinearithmic() {
        String text = "学习率太大，the loss rises. ".repeat(20_000);
        int[] ids = tokenizer.encode(text); // 480,000 characters: a quadratic algorithm would not come back
        assertThat(tokenizer.decode(ids)).isEqualTo(text);
    }

    @Test
    void decode_specialIds_giveTheirNames() {
        assertThat(tokenizer.decode(FIRST_SPECIAL, FIRST_SPECIAL + 1, FIRST_SPECIAL + 7))
                .isEqualTo("[MASK][gMASK]<|assistant|>");
    }

    @Test
    void decode_idsWithoutMeaning_giveNothing() {
        int[] ids = tokenizer.encode("the rate");
        int[] odd = new int[ids.length + 7];
        System.arraycopy(ids, 0, odd, 3, ids.length);
        odd[0] = -100;
        odd[1] = 1;
        odd[2] = tokenizer.size();
        odd[ids.length + 3] = Integer.MAX_VALUE;
        odd[ids.length + 4] = Integer.MIN_VALUE;
        odd[ids.length + 5] = 0;
        odd[ids.length + 6] = 2;
        assertThat(tokenizer.decode(odd)).isEqualTo("the rate");
    }

    @Test
    void decode_afterSpecialToken_keepsTheSpace() {
        int mark = tokenizer.encode("\n")[0];
        assertThat(tokenizer.decode(FIRST_SPECIAL + 7, mark)).isEqualTo("<|assistant|> ");
        assertThat(tokenizer.decode(mark, FIRST_SPECIAL + 7)).isEqualTo("<|assistant|>");
    }

    @Test
    void specialIds_followThePieces() {
        assertThat(tokenizer.numPieces()).isEqualTo(FIRST_SPECIAL);
        assertThat(tokenizer.size()).isEqualTo(FIRST_SPECIAL + 9);
        assertThat(tokenizer.prefixIds()).containsExactly(FIRST_SPECIAL + 1, FIRST_SPECIAL + 3);
        assertThat(tokenizer.roleId(Role.SYSTEM)).isEqualTo(FIRST_SPECIAL + 5);
        assertThat(tokenizer.roleId(Role.OBSERVATION)).isEqualTo(FIRST_SPECIAL + 8);
        assertThat(tokenizer.stopIds()).containsExactly(2, FIRST_SPECIAL + 6, FIRST_SPECIAL + 8);
        assertThat(tokenizer.eosId()).isEqualTo(2);
        assertThat(tokenizer.padId()).isZero();
        assertThat(tokenizer.piece(FIRST_SPECIAL + 4)).isEqualTo("eop");
        assertThat(tokenizer.piece(tokenizer.size())).isEmpty();
        assertThat(tokenizer.piece(-1)).isEmpty();
    }

    @Test
    void chatGlm2_hasFiveSpecialTokensAndNoRoles() {
        Tokenizer older = Tokenizer.of(SmallVocabulary.model(), Family.CHATGLM2);
        assertThat(older.size()).isEqualTo(FIRST_SPECIAL + 5);
        assertThat(older.stopIds()).containsExactly(2);
        assertThat(older.decode(FIRST_SPECIAL + 4, FIRST_SPECIAL + 5)).isEqualTo("eop");
        assertThatThrownBy(() -> older.roleId(Role.USER))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("<|user|>");
    }
}
