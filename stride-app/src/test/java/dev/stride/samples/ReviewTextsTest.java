package dev.stride.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ReviewTextsTest {
    private static final Splits<LabelledText> SPLITS = SampleTexts.classification(1);
    private static final Pattern PROMISE = Pattern.compile("说好(当天|两天之内|二十四小时内)发货");

    @Test
    void classification_eachSplit_hasAsManyOfEachLabel() {
        assertBalanced(SPLITS.train(), 200);
        assertBalanced(SPLITS.validation(), 34);
        assertBalanced(SPLITS.test(), 34);
    }

    @Test
    void classification_texts_areDifferentAndShort() {
        List<String> texts = all().map(LabelledText::text).toList();
        assertThat(texts).hasSize(1200 + 204 + 204).doesNotHaveDuplicates();
        assertThat(texts)
                .allSatisfy(text -> assertThat(text).hasSizeBetween(8, 70).doesNotContain("{", "[", "|", "\n"));
    }

    /** Words that stand in one pattern each: with a product they name what may be in one split only. */
    @Test
    void classification_productWithThePattern_isInOneSplitOnly() {
        List<String> patterns = List.of("可以合开一张", "运单号查不到", "重复付了两次", "有实体店吗", "同城的", "申请了退款", "去年买的", "换了");
        Set<String> train = pairs(SPLITS.train(), patterns);
        Set<String> validation = pairs(SPLITS.validation(), patterns);
        Set<String> test = pairs(SPLITS.test(), patterns);
        assertThat(train).hasSizeGreaterThan(50).doesNotContainAnyElementsOf(test);
        assertThat(validation).hasSizeGreaterThan(5).doesNotContainAnyElementsOf(train);
        assertThat(test).hasSizeGreaterThan(5).doesNotContainAnyElementsOf(validation);
    }

    @Test
    void classification_someWordsOfTheTest_areNewToTraining() {
        assertThat(SPLITS.validation())
                .anyMatch(row -> PROMISE.matcher(row.text()).find());
        assertThat(SPLITS.test()).anyMatch(row -> row.text().contains("一看就是运输路上摔的"));
        assertThat(SPLITS.train()).noneMatch(row -> PROMISE.matcher(row.text()).find());
        assertThat(SPLITS.train()).noneMatch(row -> row.text().contains("一看就是运输路上摔的"));
    }

    @Test
    void classification_everyText_namesAProduct() {
        List<String> goods = goods();
        assertThat(all().map(LabelledText::text))
                .allSatisfy(text -> assertThat(text).containsAnyOf(goods.toArray(String[]::new)));
    }

    @Test
    void classification_sameSeed_isTheSameAndAnotherIsNot() {
        assertThat(SampleTexts.classification(1)).isEqualTo(SPLITS);
        assertThat(SampleTexts.classification(2)).isNotEqualTo(SPLITS);
    }

    /** No single word gives the label away: each label's own word stands in messages of other labels too. */
    @Test
    void classification_labelsOwnWord_isAlsoElsewhere() {
        for (String word : List.of("质量", "发票", "退款")) {
            assertThat(all().filter(row ->
                            row.text().contains(word) && !row.label().equals(word)))
                    .as(word)
                    .isNotEmpty();
        }
    }

    private static void assertBalanced(List<LabelledText> rows, long perLabel) {
        Map<String, Long> counts = rows.stream()
                .map(LabelledText::label)
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
        assertThat(counts)
                .containsOnlyKeys(ReviewTexts.LABELS)
                .allSatisfy((label, count) -> assertThat(count).isEqualTo(perLabel));
    }

    private static Set<String> pairs(List<LabelledText> rows, List<String> patterns) {
        Set<String> pairs = new HashSet<>();
        for (LabelledText row : rows) {
            for (String pattern : patterns) {
                if (row.text().contains(pattern)) {
                    goods().stream().filter(row.text()::contains).forEach(product -> pairs.add(pattern + product));
                }
            }
        }
        return pairs;
    }

    private static List<String> goods() {
        return Grammar.read("reviews.txt").table("goods").rows().stream()
                .map(row -> row.get(0))
                .toList();
    }

    private static Stream<LabelledText> all() {
        return Stream.of(SPLITS.train(), SPLITS.validation(), SPLITS.test()).flatMap(List::stream);
    }
}
