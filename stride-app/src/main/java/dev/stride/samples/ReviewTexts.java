package dev.stride.samples;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Customers' messages and the desk each belongs to, in equal numbers per label. The label is what the customer wants
 * dealt with: delivery, quality, refund, invoice, a question before buying, or thanks. One message in twenty is hard:
 * its words point to another label. Half of the validation and test messages are in patterns that training never showed;
 * the other half join a pattern of training with a product that it never had there.
 */
final class ReviewTexts {
    static final List<String> LABELS = List.of("物流", "质量", "退款", "发票", "咨询", "表扬");

    private static final Set<String> REVIEWS = Set.of("物流", "质量", "表扬");
    private static final Set<String> REQUESTS = Set.of("物流", "质量", "退款", "发票");

    private static final int SPLIT_PERCENT = 15;
    private static final int HARD_PERCENT = 5;

    private final Random random;
    private final Grammar grammar = Grammar.read("reviews.txt");
    private final Set<String> seen = new HashSet<>();

    private ReviewTexts(long seed) {
        random = new Random(seed);
    }

    static Splits<LabelledText> splits(long seed) {
        ReviewTexts reviews = new ReviewTexts(seed);
        return new Splits<>(reviews.rows(Split.TRAIN), reviews.rows(Split.VALIDATION), reviews.rows(Split.TEST));
    }

    static int rowsPerLabel(Split split) {
        return split == Split.TRAIN ? 200 : 34;
    }

    private List<LabelledText> rows(Split split) {
        List<LabelledText> texts = new ArrayList<>();
        int rows = rowsPerLabel(split);
        int hard = Math.round(rows * HARD_PERCENT / 100f);
        for (String label : LABELS) {
            for (int i = 0; i < rows; i++) {
                texts.add(new LabelledText(newText(split, label, i < hard), label));
            }
        }
        Collections.shuffle(texts, random);
        return texts;
    }

    /** A message whose pattern and product belong to the split and were not joined before. */
    private String newText(Split split, String label, boolean hard) {
        List<Template> patterns = grammar.topic(hard ? label + "!" : label).texts();
        boolean unseen = split != Split.TRAIN && random.nextBoolean();
        while (true) {
            int index = random.nextInt(patterns.size());
            Scene scene = new Scene(random);
            String name = patterns.get(index)
                    + scene.row("goods", grammar.table("goods")).get(0);
            boolean belongs = unseen
                    ? owner(index) == split
                    : owner(index) == Split.TRAIN && Split.of(name, SPLIT_PERCENT) == split;
            if (belongs && seen.add(name)) {
                return around(patterns.get(index).expand(scene), label, scene);
            }
        }
    }

    /** Two patterns in eight are kept from training: one for validation and one for the test. */
    private static Split owner(int index) {
        return switch (index % 8) {
            case 3 -> Split.VALIDATION;
            case 4 -> Split.TEST;
            default -> Split.TRAIN;
        };
    }

    /**
     * Half of the messages open with a few words that say nothing about the label, and a third close with some; words of
     * a review go with a review, words of a request with a request.
     */
    private String around(String core, String label, Scene scene) {
        boolean review = REVIEWS.contains(label);
        boolean request = REQUESTS.contains(label);
        String open = any(review && random.nextBoolean() ? "开头：评价" : "开头").expand(scene);
        String close = any(request && random.nextBoolean() ? "结尾：有事" : review ? "结尾：评价" : "结尾")
                .expand(scene);
        return (random.nextInt(2) == 0 ? open : "") + core + (random.nextInt(3) == 0 ? close : "");
    }

    private Template any(String topic) {
        List<Template> texts = grammar.topic(topic).texts();
        return texts.get(random.nextInt(texts.size()));
    }
}
