package dev.stride.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AnswerSentenceTest {
    private static final List<String> BOTH = List.of("5e-3", "2e-2");

    private static SweepResult sweep(boolean decided, double p, long needed, double... rates) {
        return SweepResultTest.sweep(SweepResultTest.answer(decided, p, BOTH, needed), rates);
    }

    @Test
    void of_decided_isOneSentence() {
        AnswerSentence sentence = AnswerSentence.of(sweep(true, 0.03, 0, 3e-3, 5e-3, 1e-2, 2e-2, 3e-2));
        assertThat(sentence.english())
                .isEqualTo(
                        "Use 1e-2 (LoRA r8, batch 64, linear to 0); 5e-3 to 2e-2 is as good; 1 seed, paired bootstrap "
                                + "p = 0.03; 3e-3 (1.410) learned too slowly, 3e-2 (1.410) overshot.");
        assertThat(sentence.chinese())
                .isEqualTo(
                        "请用 1e-2（LoRA r8，批大小 64，linear to 0）；5e-3 至 2e-2 同样好；1 个种子，配对自助法 p = 0.03；3e-3 (1.410) 学得太慢，3e-2 (1.410) 步子太大。");
        assertThat(sentence.restsOn()).isEqualTo("validation loss over 120 rows");
    }

    /** What is read back from the file gives the sentence that stands in it. */
    @Test
    void of_fileReadBack_isTheSentenceInIt() {
        int checked = 0;
        for (boolean decided : new boolean[] {true, false}) {
            for (double p : new double[] {0.0005, 0.0499, 0.31, Double.NaN}) {
                SweepResult filled = AnswerSentence.fill(sweep(decided, p, 400, 3e-3, 1e-2, 3e-2, 3));
                SweepResult read = SweepResult.parse(filled.toText(), "sweep.json");
                assertThat(SweepResultTest.answerOf(read).sentence())
                        .isNotEmpty()
                        .isEqualTo(AnswerSentence.of(read).english());
                assertThat(SweepResultTest.answerOf(read).sentenceZh())
                        .isNotEmpty()
                        .isEqualTo(AnswerSentence.of(read).chinese());
                assertThat(AnswerSentence.fill(read)).isEqualTo(filled);
                checked++;
            }
        }
        assertThat(checked).isEqualTo(8);
    }

    @Test
    void of_undecided_saysHowManyRowsItWouldTake() {
        AnswerSentence sentence = AnswerSentence.of(sweep(false, 0.31, 1400, 3e-3, 1e-2, 3e-2));
        assertThat(sentence.english())
                .isEqualTo(
                        "Undecided: 1e-2 is best (LoRA r8, batch 64, linear to 0), but 5e-3 and 2e-2 cannot be told from "
                                + "it; 1 seed, paired bootstrap p = 0.31; about 1,400 validation rows would tell the best two "
                                + "apart, and there are 120; 3e-3 (1.410) learned too slowly, 3e-2 (1.410) overshot.");
        assertThat(sentence.chinese()).startsWith("尚无定论：1e-2 最好").contains("约需 1,400 行验证数据", "现有 120 行");
    }

    @Test
    void of_edge_isSaidUnlessAHigherRateFailed() {
        assertThat(AnswerSentence.of(sweep(true, 0.03, 0, 3e-3, 1e-2)).english())
                .endsWith("; the best is the highest rate tried.");
        assertThat(AnswerSentence.of(sweep(true, 0.03, 0, 1e-2, 3e-2)).english())
                .endsWith("; the best is the lowest rate tried.");
        assertThat(AnswerSentence.of(sweep(true, 0.03, 0, 1e-2, 3e-2)).chinese())
                .endsWith("；最好的是试过的最低学习率。");
        assertThat(AnswerSentence.of(sweep(true, 0.03, 0, 3e-3, 1e-2, 3)).english())
                .as("the trial at 3 failed, so the best is bracketed")
                .doesNotContain("rate tried.");
    }

    @Test
    void of_noneUsableOrNoAnswer_saysSo() {
        AnswerSentence none = AnswerSentence.of(SweepResultTest.sweep(Comparison.noneUsable(), 3, 9));
        assertThat(none.english())
                .isEqualTo("None of these rates can be used: no trial came to its end with a finite score.");
        assertThat(none.chinese()).startsWith("这些学习率都不能用");
        assertThat(none.restsOn()).isEqualTo("validation loss");
        SweepResult filled = AnswerSentence.fill(SweepResultTest.sweep(Comparison.noneUsable(), 3, 9));
        assertThat(SweepResult.parse(filled.toText(), "x")).isEqualTo(filled);
        assertThat(AnswerSentence.of(SweepResultTest.unanswered(3)).english()).isEmpty();
    }

    @Test
    void of_weightsAndOtherSweeps_sayWhatTheyRestOn() {
        SweepResult loss = sweep(true, 0.03, 0, 3e-3, 1e-2, 3e-2);
        Map<String, Double> weights = new java.util.LinkedHashMap<>();
        weights.put("bleu-4", 0.8);
        weights.put("people", 0.2);
        SweepResult ranks = new SweepResult(
                SweepResult.Vary.LORA_RANK,
                new SweepResult.Metric("score", true),
                weights,
                loss.settings(),
                loss.trials(),
                loss.updates(),
                null,
                new SweepAnswer(1e-2, 1e-2, 1e-2, "16", List.of("8"), true, 0.9, 0.0004, "4", 3, 30, 0, "", "", "", ""),
                null,
                List.of(),
                List.of());
        AnswerSentence sentence = AnswerSentence.of(ranks);
        assertThat(sentence.english())
                .isEqualTo(
                        "Use LoRA rank 16 at 1e-2 (LoRA, batch 64, linear to 0); 8 is as good; 3 seeds, paired bootstrap "
                                + "p < 0.001; judged by bleu-4 x 0.8; people x 0.2 is not counted yet.");
        assertThat(sentence.chinese()).contains("请用 LoRA 秩 16，学习率 1e-2").contains("依据 bleu-4 x 0.8；人工评分 x 0.2 尚未计入。");
        assertThat(sentence.restsOn()).isEqualTo("bleu-4 x 0.8 over 30 rows");
        String[][] said = {
            {"1", "1", "people x 0.2 (1 vote of 1 person)", "人工评分 x 0.2（1 人 1 票）"},
            {"40", "1", "people x 0.2 (40 votes of 1 person)", "人工评分 x 0.2（1 人 40 票）"},
            {"40", "3", "people x 0.2 (40 votes of 3 people)", "人工评分 x 0.2（3 人 40 票）"}
        };
        int seen = 0;
        for (String[] one : said) {
            SweepResult.People people = new SweepResult.People(Integer.parseInt(one[0]), Integer.parseInt(one[1]));
            AnswerSentence rated = AnswerSentence.of(ranks.with(null, ranks.answer(), people, List.of()));
            assertThat(rated.english()).endsWith("; judged by bleu-4 x 0.8, " + one[2] + ".");
            assertThat(rated.chinese()).endsWith("；依据 bleu-4 x 0.8、" + one[3] + "。");
            assertThat(rated.restsOn()).isEqualTo("bleu-4 x 0.8 over 30 rows, " + one[2]);
            seen++;
        }
        assertThat(seen).isEqualTo(3);
    }
}
