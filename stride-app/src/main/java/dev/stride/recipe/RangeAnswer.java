package dev.stride.recipe;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.Numbers;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a range test found: a rate, or why there is no answer.
 *
 * @param outcome whether there is an answer
 * @param suggestion the peak to use, at most a tenth of the ceiling; null without an answer
 * @param ceiling the highest rate before the loss has given back half of its fall; null where it never did, or where it did not
 *     fall
 * @param lowestAt where the smoothed loss is lowest: a sweep should not look above; null where it does not fall
 * @param steepest where the loss falls most for the same factor on the rate; null where it does not fall
 * @param confidence from 0 to 1; 0 without an answer
 * @param start the loss of the lowest rates
 * @param lowest the lowest smoothed loss
 * @param noise standard deviation of one point of the curve around its smoothed form
 * @param bySinglePass what each pass alone would suggest
 * @param sentence the answer in words
 */
public record RangeAnswer(
        Outcome outcome,
        @Nullable Double suggestion,
        @Nullable Double ceiling,
        @Nullable Double lowestAt,
        @Nullable Double steepest,
        double confidence,
        double start,
        double lowest,
        double noise,
        List<Double> bySinglePass,
        String sentence) {
    /** Whether a range test gave an answer. */
    public enum Outcome {
        /** There is a suggestion. */
        ANSWER,
        /** Passes ended before there was a curve. */
        TOO_SHORT,
        /** The loss fell nowhere. */
        FLAT,
        /** The loss fell, but nowhere rose again. */
        NO_DIVERGENCE,
        /** The passes disagree, or the fall is within the noise. */
        TOO_NOISY
    }

    /** Least confidence of each word. */
    private static final double HIGH = 0.7;

    private static final double FAIR = 0.4;

    public RangeAnswer {
        bySinglePass = List.copyOf(bySinglePass);
    }

    /** Whether there is a suggestion. */
    public boolean isAnswer() {
        return outcome == Outcome.ANSWER;
    }

    /** The confidence as a word. */
    public String confidenceWord() {
        return word(confidence);
    }

    /** A confidence as word and number, for example {@code fair (0.55)}. */
    static String confidenceText(double confidence) {
        return word(confidence) + String.format(Locale.ROOT, " (%.2f)", confidence);
    }

    private static String word(double confidence) {
        return confidence >= HIGH ? "high" : confidence >= FAIR ? "fair" : confidence > 0 ? "low" : "none";
    }

    /** The answer as a document; numbers that are not there are null. */
    public ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("outcome", outcome.name().toLowerCase(Locale.ROOT));
        json.put("suggestion", suggestion);
        json.put("ceiling", ceiling);
        json.put("lowest_at", lowestAt);
        json.put("steepest", steepest);
        json.put("confidence", confidence);
        json.put("confidence_word", confidenceWord());
        json.put("start_loss", start);
        json.put("lowest_loss", lowest);
        json.put("noise", noise);
        bySinglePass.forEach(json.putArray("suggestion_by_pass")::add);
        json.put("sentence", sentence);
        return json;
    }

    /** A rate for people with two significant digits: a range test does not know more of them. */
    static String rate(double rate) {
        return Numbers.text(Double.parseDouble(String.format(Locale.ROOT, "%.1e", rate)));
    }
}
