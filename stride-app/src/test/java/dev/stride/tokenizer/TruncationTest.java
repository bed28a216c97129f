package dev.stride.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TruncationTest {
    private static final int NONE = TokenizedExample.IGNORE_INDEX;
    private static final TokenizedExample EXAMPLE =
            new TokenizedExample(new int[] {90, 92, 3, 4, 5, 6, 2}, new int[] {NONE, NONE, NONE, 4, 5, 6, 2});

    @Test
    void cut_whatFits_isTheSameObject() {
        int[] ids = {90, 92, 3, 4};
        for (Truncation truncation : Truncation.values()) {
            assertThat(truncation.cut(EXAMPLE, 7)).isSameAs(EXAMPLE);
            assertThat(truncation.cut(EXAMPLE, 100)).isSameAs(EXAMPLE);
            assertThat(truncation.cut(ids, 4)).isSameAs(ids);
        }
    }

    @Test
    void cut_rightCut_keepsTheFirstTokens() {
        assertThat(Truncation.RIGHT_CUT.cut(EXAMPLE, 5))
                .isEqualTo(new TokenizedExample(new int[] {90, 92, 3, 4, 5}, new int[] {NONE, NONE, NONE, 4, 5}));
        assertThat(Truncation.RIGHT_CUT.cut(EXAMPLE.inputIds(), 4)).containsExactly(90, 92, 3, 4);
    }

    @Test
    void cut_keepEnd_keepsPrefixAndTheLastTokens() {
        assertThat(Truncation.KEEP_END.cut(EXAMPLE, 5))
                .isEqualTo(new TokenizedExample(new int[] {90, 92, 5, 6, 2}, new int[] {NONE, NONE, NONE, 6, 2}));
        assertThat(Truncation.KEEP_END.cut(EXAMPLE.inputIds(), 4)).containsExactly(90, 92, 6, 2);
    }

    @Test
    void cut_anyExampleAndLimit_keepsItsPromises() {
        Random random = new Random(3);
        int cut = 0;
        for (int round = 0; round < 2000; round++) {
            int[] ids = random.ints(4 + random.nextInt(40), 0, 1000).toArray();
            int[] labels = Arrays.stream(ids)
                    .map(id -> random.nextBoolean() ? id : NONE)
                    .toArray();
            TokenizedExample example = new TokenizedExample(ids, labels);
            int limit = Truncation.MIN_TOKENS + random.nextInt(40);
            for (Truncation truncation : Truncation.values()) {
                TokenizedExample kept = truncation.cut(example, limit);
                assertThat(kept.length()).isEqualTo(Math.min(limit, ids.length));
                assertThat(kept.numTrainedTokens()).isLessThanOrEqualTo(example.numTrainedTokens());
                for (int i = 0; i < kept.length(); i++) {
                    assertThat(kept.labels()[i]).isIn(NONE, kept.inputIds()[i]);
                }
            }
            TokenizedExample end = Truncation.KEEP_END.cut(example, limit);
            assertThat(end.inputIds()).startsWith(ids[0], ids[1]);
            assertThat(end.labels()[end.length() - 1]).isEqualTo(labels[ids.length - 1]);
            cut += end.length() < example.length() ? 1 : 0;
        }
        assertThat(cut).isBetween(200, 1800);
    }

    @Test
    void cut_limitTooSmall_isRefused() {
        assertThatThrownBy(() -> Truncation.KEEP_END.cut(EXAMPLE, 3)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Truncation.RIGHT_CUT.cut(new int[1], 3)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void maxTokens_referenceDefaults_is769() {
        assertThat(Truncation.maxTokens(256, 512)).isEqualTo(769);
    }
}
