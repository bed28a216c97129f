package dev.stride.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TextScorerTest {
    private static final TextScores ZERO = new TextScores(0, 0, 0, 0, 0);
    private static final TextScorer SCORER = new TextScorer(new Jieba());

    @Test
    void score_equalTexts_isFull() {
        TextScores scores = SCORER.score(" 学习率应当先升后降。\n", "学习率应当先升后降。");
        assertThat(scores.rouge1()).isEqualTo(100);
        assertThat(scores.rouge2()).isEqualTo(100);
        assertThat(scores.rougeL()).isEqualTo(100);
        assertThat(scores.bleu4()).isEqualTo(1, within(1e-12));
        assertThat(scores.bleu4Char()).isEqualTo(100);
    }

    @Test
    void score_emptyOrBlankSide_isZero() {
        assertThat(SCORER.score("", "你好")).isEqualTo(ZERO);
        assertThat(SCORER.score(" \n　", "你好")).isEqualTo(ZERO);
        assertThat(SCORER.score("你好", "")).isEqualTo(ZERO);
        assertThat(SCORER.score("", "")).isEqualTo(ZERO);
    }

    @Test
    void meanScore_oneRightOneEmpty_isHalf() {
        String text = "我们明天上午去公园。";
        TextScores mean = SCORER.meanScore(List.of(text, ""), List.of(text, text));
        assertThat(mean.rouge1()).isEqualTo(50);
        assertThat(mean.bleu4()).isEqualTo(0.5, within(1e-12));
        assertThat(mean.bleu4Char()).isEqualTo(50);
    }

    @Test
    void byName_holdsTheNamesOfTheLogs() {
        assertThat(new TextScores(1, 2, 3, 4, 5).byName())
                .containsExactly(
                        Map.entry("rouge-1", 1.0),
                        Map.entry("rouge-2", 2.0),
                        Map.entry("rouge-l", 3.0),
                        Map.entry("bleu-4", 4.0),
                        Map.entry("bleu-4-char", 5.0));
    }

    @Test
    void meanScore_listsThatDoNotMatch_areRefused() {
        assertThatThrownBy(() -> SCORER.meanScore(List.of("a"), List.of("a", "b")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 predictions, 2 references");
        assertThatThrownBy(() -> SCORER.meanScore(List.of(), List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TextScores.mean(List.of())).isInstanceOf(IllegalArgumentException.class);
    }
}
