package dev.stride.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.tokenizer.TokenizedExample;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TokenizedDataTest {
    @Test
    void of_wholeRows_countsTokensAndKeepsIndices() {
        DataSet data = Tokens.dataSet(new int[] {20, 5}, new double[] {1, 0.5});
        TokenizedData tokens = TokenizedData.of(data, Tokens::codePoints, example -> example);
        assertThat(tokens.size()).isEqualTo(25);
        long all = 0;
        long trained = 0;
        for (int i = 0; i < 25; i++) {
            TokenizedExample expected = Tokens.codePoints(data.examples().get(i).messages());
            assertThat(tokens.get(i)).isEqualTo(expected);
            assertThat(tokens.source(i)).isEqualTo(data.examples().get(i).source());
            all += expected.length();
            trained += Arrays.stream(expected.labels())
                    .skip(1)
                    .filter(l -> l != TokenizedExample.IGNORE_INDEX)
                    .count();
        }
        assertThat(tokens.tokens()).isEqualTo(all);
        assertThat(tokens.trainedTokens()).isEqualTo(trained);
        assertThat(tokens.rowsCut()).isZero();
        assertThat(tokens.untrainedSources()).isEmpty();
        assertThat(tokens.shares())
                .containsExactly(new TokenizedData.Share(0, 20, 1), new TokenizedData.Share(20, 5, 0.5));
    }

    @Test
    void of_cutRows_areCountedAndThoseWithoutTrainedTokenAreNamed() {
        DataSet data = Tokens.dataSet(new int[] {20}, new double[] {1});
        // a question is 11 to 34 tokens before the answer begins, so that 15 tokens leave some without any of it
        TokenizedData tokens = TokenizedData.of(data, Tokens::codePoints, example -> Tokens.cut(example, 15));
        int cut = 0;
        int without = 0;
        for (int i = 0; i < 20; i++) {
            TokenizedExample whole = Tokens.codePoints(data.examples().get(i).messages());
            cut += whole.length() > 15 ? 1 : 0;
            boolean untrained = tokens.get(i).numTrainedTokens() == 0;
            without += untrained ? 1 : 0;
            assertThat(tokens.isTrainable(i)).isEqualTo(!untrained);
            assertThat(tokens.untrainedSources().contains(tokens.source(i))).isEqualTo(untrained);
        }
        assertThat(tokens.rowsCut()).isEqualTo(cut).isEqualTo(20);
        assertThat(tokens.untrainedSources()).hasSize(without);
        assertThat(without).isBetween(1, 19);
        assertThat(tokens.lengths().longest()).isGreaterThan(15);
    }

    @Test
    void digest_anyDifference_changesIt() {
        String digest = Tokens.tokenized(5).digest();
        assertThat(Tokens.tokenized(5).digest()).isEqualTo(digest).hasSize(16);
        assertThat(Tokens.tokenized(6).digest()).isNotEqualTo(digest);
        assertThat(Tokens.tokenized(new int[] {5}, new double[] {2}).digest()).isNotEqualTo(digest);
        assertThat(TokenizedData.of(
                                Tokens.dataSet(new int[] {5}, new double[] {1}),
                                Tokens::codePoints,
                                example -> Tokens.cut(example, 30))
                        .digest())
                .isNotEqualTo(digest);
    }
}
