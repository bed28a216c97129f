package dev.stride.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LabelAndCodeScoresTest {
    @Test
    void classification_mixedAnswers_countsEachLabelAlike() {
        // 物流: 2 right of 2 predicted and 3 expected; 退款: 1 right of 1 and 1; the odd answer is only wrong
        ClassificationScores scores =
                ClassificationScores.of(List.of("物流", " 物流\n", "不知道", "退款"), List.of("物流", "物流", "物流", "退款"));
        assertThat(scores.accuracy()).isEqualTo(0.75);
        assertThat(scores.f1()).isEqualTo(Map.of("物流", 0.8, "退款", 1.0));
        assertThat(scores.macroF1()).isEqualTo(0.9, within(1e-15));
        assertThat(scores.rows()).isEqualTo(4);
    }

    @Test
    void classification_oneLabelAlways_hasLowMacroF1() {
        ClassificationScores scores = ClassificationScores.of(List.of("a", "a", "a", "a"), List.of("a", "a", "a", "b"));
        assertThat(scores.accuracy()).isEqualTo(0.75);
        assertThat(scores.macroF1()).isEqualTo((2.0 * 3 / 7 + 0) / 2, within(1e-15));
    }

    @Test
    void code_oneEditInFour_isThreeQuarters() {
        CodeScores scores = CodeScores.of(List.of("abcd", "x = 1;"), List.of("abed", "  x = 1;\n"));
        assertThat(scores.exactMatch()).isEqualTo(0.5);
        assertThat(scores.editSimilarity()).isEqualTo((0.75 + 1) / 2, within(1e-15));
    }

    @Test
    void code_emptySides_areDefined() {
        assertThat(CodeScores.of(List.of(""), List.of("abc"))).isEqualTo(new CodeScores(0, 0, 1));
        assertThat(CodeScores.of(List.of(""), List.of(""))).isEqualTo(new CodeScores(1, 1, 1));
        assertThat(CodeScores.of(List.of("kitten"), List.of("sitting")).editSimilarity())
                .isEqualTo(1 - 3.0 / 7, within(1e-15));
    }

    @Test
    void perplexity_ofLoss_isItsExponential() {
        assertThat(Perplexity.of(0)).isEqualTo(1);
        assertThat(Perplexity.of(Math.log(65024))).isEqualTo(65024, within(1e-6));
        assertThat(Perplexity.of(1000)).isInfinite();
        assertThat(Perplexity.of(Double.NaN)).isNaN();
    }
}
