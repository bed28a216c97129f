package dev.stride.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Bleu4Test {
    @Test
    void of_equalTextsOfFourTokensOrMore_isOne() {
        assertThat(Bleu4.of(List.of("a", "b", "c", "d"), List.of("a", "b", "c", "d")))
                .isEqualTo(1, within(1e-15));
    }

    @Test
    void of_equalTextsOfThreeTokens_isSmoothed() {
        // no four-gram: its precision is 1 / (2 x max(1, 0))
        assertThat(Bleu4.of(List.of("a", "b", "c"), List.of("a", "b", "c")))
                .isEqualTo(Math.pow(0.5, 0.25), within(1e-15));
    }

    @Test
    void of_twoOrdersUnmatched_halvesTwice() {
        // 4 of 5 words, 2 of 4 pairs; triples 1 / (2 x 3), quadruples 1 / (4 x 2)
        double expected = Math.pow(4.0 / 5 * 2 / 4 / 6 / 8, 0.25);
        assertThat(Bleu4.of(List.of("a", "b", "x", "c", "d"), List.of("a", "b", "c", "d", "e")))
                .isEqualTo(expected, within(1e-15));
    }

    @Test
    void of_repeatedWord_countsAsOftenAsInTheReference() {
        // 1 of 4 words; the higher orders 1 / (2 x 3), 1 / (4 x 2), 1 / (8 x 1)
        double expected = Math.pow(1.0 / 4 / 6 / 8 / 8, 0.25);
        assertThat(Bleu4.of(List.of("a", "a", "a", "a"), List.of("a", "b", "c")))
                .isEqualTo(expected, within(1e-15));
    }

    @Test
    void of_shortPrediction_isPunished() {
        List<String> reference = List.of("a", "b", "c", "d", "e", "f");
        assertThat(Bleu4.of(reference.subList(0, 4), reference)).isEqualTo(Math.exp(1 - 6.0 / 4), within(1e-15));
    }

    @Test
    void of_nothingInCommonOrEmpty_isZero() {
        assertThat(Bleu4.of(List.of("a", "b"), List.of("c", "d"))).isZero();
        assertThat(Bleu4.of(List.of(), List.of("c"))).isZero();
        assertThat(Bleu4.of(List.of("c"), List.of())).isZero();
        assertThat(Bleu4.of(List.of(), List.of())).isZero();
    }

    @Test
    void ofCharacters_countsCodePoints() {
        assertThat(Bleu4.ofCharacters("😀😁😂🤣", "😀😁😂🤣")).isEqualTo(1, within(1e-15));
        assertThat(Bleu4.ofCharacters("😀", "😁")).isZero();
    }

    @Test
    void of_anyTexts_isBetweenZeroAndOne() {
        Random random = new Random(11);
        for (int round = 0; round < 2000; round++) {
            double score = Bleu4.of(randomTokens(random), randomTokens(random));
            assertThat(score).isBetween(0.0, 1.0 + 1e-12);
        }
    }

    static List<String> randomTokens(Random random) {
        List<String> tokens = new ArrayList<>();
        int length = random.nextInt(12);
        for (int i = 0; i < length; i++) {
            tokens.add(String.valueOf("天地玄黄宇宙".charAt(random.nextInt(6))));
        }
        return tokens;
    }
}
