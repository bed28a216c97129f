package dev.stride.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RougeTest {
    @Test
    void of_equalTexts_isHundred() {
        List<String> text = List.of("今天", "天气", "很", "好");
        assertThat(Rouge.of(text, text)).isEqualTo(new Rouge(100, 100, 100));
    }

    @Test
    void of_oneEqualWord_hasNoPairs() {
        assertThat(Rouge.of(List.of("好"), List.of("好"))).isEqualTo(new Rouge(100, 0, 100));
    }

    @Test
    void of_repeats_countOnceInNgramsButNotInLength() {
        // words {a} of {a}, {a, b}: p 1, r 1/2; pairs {aa} and {ab}; subsequence 1 of 3 and of 2
        Rouge rouge = Rouge.of(List.of("a", "a", "a"), List.of("a", "b"));
        assertThat(rouge).isEqualTo(new Rouge(66.6667, 0, 40));
    }

    @Test
    void of_emptyOrBlank_isZero() {
        List<String> some = List.of("好");
        for (List<String> nothing : List.of(List.<String>of(), List.of(" "), List.of("\n", "　"))) {
            assertThat(Rouge.of(nothing, some)).isEqualTo(new Rouge(0, 0, 0));
            assertThat(Rouge.of(some, nothing)).isEqualTo(new Rouge(0, 0, 0));
            assertThat(Rouge.of(nothing, nothing)).isEqualTo(new Rouge(0, 0, 0));
        }
    }

    @Test
    void of_whiteSpaceTokens_vanish() {
        Rouge plain = Rouge.of(List.of("a", "b", "c"), List.of("a", "c", "d"));
        assertThat(Rouge.of(List.of("a", " ", "b", "\n", "c"), List.of("a", "c", "　", "d")))
                .isEqualTo(plain);
    }

    /** The reference package counts the blank line between two sentences as an empty word. */
    @Test
    void of_lineFeedAfterFullStop_isOneEmptyWord() {
        Rouge rouge = Rouge.of(List.of("a", "。", "\n", "b"), List.of("a", "。", "b"));
        assertThat(rouge.rougeL()).isEqualTo(85.7143);
    }

    @Test
    void of_eitherOrder_isTheSameForF() {
        Random random = new Random(5);
        for (int round = 0; round < 2000; round++) {
            List<String> a = Bleu4Test.randomTokens(random);
            List<String> b = Bleu4Test.randomTokens(random);
            assertThat(Rouge.of(a, b)).isEqualTo(Rouge.of(b, a));
        }
    }

    @Test
    void rouge1_shuffledWords_isUnchanged() {
        Random random = new Random(6);
        for (int round = 0; round < 500; round++) {
            List<String> a = Bleu4Test.randomTokens(random);
            List<String> b = Bleu4Test.randomTokens(random);
            double before = Rouge.of(a, b).rouge1();
            List<String> shuffled = new ArrayList<>(a);
            Collections.shuffle(shuffled, random);
            assertThat(Rouge.of(shuffled, b).rouge1()).isEqualTo(before);
        }
    }
}
