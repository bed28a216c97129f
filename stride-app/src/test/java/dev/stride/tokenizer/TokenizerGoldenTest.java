package dev.stride.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.SharedFolder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The genuine vocabulary against what the reference's own code gave for it. */
class TokenizerGoldenTest {
    @Test
    void encode_goldenTexts_giveTheReferencesIdsPiecesAndText() {
        Tokenizer tokenizer = Golden.tokenizer();
        int compared = 0;
        for (JsonNode row : Golden.lines("tokenizer_golden.jsonl")) {
            String text = row.get("text").textValue();
            int[] ids = tokenizer.encode(text);
            assertThat(ids).as(text).containsExactly(Golden.ints(row.get("ids")));
            List<String> pieces = new ArrayList<>();
            row.get("pieces").forEach(piece -> pieces.add(piece.textValue()));
            assertThat(Arrays.stream(ids).mapToObj(tokenizer::piece)).as(text).isEqualTo(pieces);
            assertThat(tokenizer.decode(ids)).isEqualTo(row.get("decoded").textValue());
            compared++;
        }
        assertThat(compared).isEqualTo(289);
    }

    @Test
    void decode_goldenIds_giveTheTextOfTheHuggingFacePath() {
        Tokenizer tokenizer = Golden.tokenizer();
        int compared = 0;
        for (JsonNode row : Golden.document("decode_golden.json")) {
            int[] ids = Golden.ints(row.get("ids"));
            assertThat(tokenizer.decode(ids))
                    .as(Arrays.toString(ids))
                    .isEqualTo(row.get("decoded_hf_path").textValue());
            compared++;
        }
        assertThat(compared).isEqualTo(7);
    }

    @Test
    void ids_genuineVocabulary_areThePublishedOnes() {
        Tokenizer tokenizer = Golden.tokenizer();
        assertThat(tokenizer.numPieces()).isEqualTo(64789);
        assertThat(tokenizer.size()).isEqualTo(64798);
        assertThat(tokenizer.prefixIds()).containsExactly(64790, 64792);
        assertThat(tokenizer.stopIds()).containsExactly(2, 64795, 64797);
        assertThat(tokenizer.roleId(Role.SYSTEM)).isEqualTo(64794);
        assertThat(tokenizer.roleId(Role.ASSISTANT)).isEqualTo(64796);
        assertThat(tokenizer.encode("<|user|>")).containsExactly(906, 31007, 4865, 31007, 30994);
        assertThat(tokenizer.decode(64798, 65023, 70000, -1)).isEmpty();
    }

    @Test
    void decode_randomUnicode_givesTheTextBack() {
        Tokenizer tokenizer = Golden.tokenizer();
        for (String text : SmallVocabulary.randomTexts(500, 11)) {
            assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
        }
    }

    @Test
    void encode_randomUnicode_mergesAsThePlainAlgorithmDoes() {
        List<Piece> pieces = SentencePieceModel.read(SharedFolder.require("tokenizer/tokenizer.model"))
                .pieces();
        PlainBpe plain = new PlainBpe(pieces);
        BpeEncoder encoder = new BpeEncoder(pieces);
        for (String text : SmallVocabulary.randomTexts(200, 12)) {
            assertThat(encoder.encode(text)).as(text).containsExactly(plain.encode(text));
        }
    }
}
