package dev.stride.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TokenRowTest {
    @Test
    void of_example_listsEveryTokenWithItsLabel() {
        Tokenizer tokenizer = SmallVocabulary.tokenizer();
        int the = tokenizer.encode("the")[0];
        int assistant = tokenizer.roleId(Role.ASSISTANT);
        TokenizedExample example =
                new TokenizedExample(new int[] {assistant, the, 2}, new int[] {TokenizedExample.IGNORE_INDEX, the, 2});
        List<TokenRow> rows = TokenRow.of(example, tokenizer);
        assertThat(rows)
                .containsExactly(
                        new TokenRow(0, "<|assistant|>", assistant, -100),
                        new TokenRow(1, "▁the", the, the),
                        new TokenRow(2, "</s>", 2, 2));
        assertThat(rows.get(0).toLine()).isEqualTo("    0    467 ->   -100  <|assistant|>");
    }
}
