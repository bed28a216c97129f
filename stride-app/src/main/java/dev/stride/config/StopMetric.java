package dev.stride.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A figure of an evaluation that early stopping may follow, under the name that the events use, with the direction in
 * which it is better.
 */
public enum StopMetric implements Word {
    LOSS("loss", false),
    BLEU_4("bleu-4", true),
    BLEU_4_CHAR("bleu-4-char", true),
    ROUGE_1("rouge-1", true),
    ROUGE_2("rouge-2", true),
    ROUGE_L("rouge-l", true),
    ACCURACY("accuracy", true),
    MACRO_F1("macro-f1", true),
    EXACT_MATCH("exact-match", true),
    EDIT_SIMILARITY("edit-similarity", true);

    private final String word;
    private final boolean higherIsBetter;

    StopMetric(String word, boolean higherIsBetter) {
        this.word = word;
        this.higherIsBetter = higherIsBetter;
    }

    @Override
    public String word() {
        return word;
    }

    /**
     * What a task's training must get better at: macro-F1 for labels, the loss and the edit similarity for code (either
     * is enough), BLEU-4 for all else; the loss alone where no texts are generated. The first names the best evaluation.
     *
     * @param task what the model is tuned for; null: not said
     * @param generates whether evaluations generate texts
     */
    public static List<StopMetric> standard(@Nullable Task task, boolean generates) {
        if (!generates) {
            return List.of(LOSS);
        }
        if (task == null) {
            return List.of(BLEU_4);
        }
        return switch (task) {
            case CLASSIFICATION -> List.of(MACRO_F1);
            case DIALOGUE -> List.of(BLEU_4);
            case CODE -> List.of(LOSS, EDIT_SIMILARITY);
        };
    }

    /** Whether a higher value is better; else a lower one is. */
    public boolean higherIsBetter() {
        return higherIsBetter;
    }

    /** Whether the first value is better than the second: never if it is NaN, always if only the second is. */
    public boolean isBetter(double value, double than) {
        if (Double.isNaN(value) || Double.isNaN(than)) {
            return !Double.isNaN(value);
        }
        return higherIsBetter ? value > than : value < than;
    }

    /** The only task whose evaluations have it; null: every task's. */
    public @Nullable Task task() {
        return switch (this) {
            case ACCURACY, MACRO_F1 -> Task.CLASSIFICATION;
            case EXACT_MATCH, EDIT_SIMILARITY -> Task.CODE;
            default -> null;
        };
    }

    /** Whether it is measured on generated texts, and not on the loss alone. */
    public boolean needsTexts() {
        return this != LOSS;
    }
}
