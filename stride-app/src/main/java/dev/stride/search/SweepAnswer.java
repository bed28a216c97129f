package dev.stride.search;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.experiment.JsonFields;
import java.util.List;

/**
 * What a sweep found, as {@code sweep.json} has it. Where no trial can be used, {@code lr}, {@code low}, {@code high} and
 * {@code p} are NaN; {@code p} is also NaN where there was nothing to compare with.
 *
 * @param lr the rate to use: the one with the best mean over its seeds; in a sweep of something else the rate of the best
 *     trial
 * @param low the lowest rate that is as good, with nothing worse between
 * @param high the highest one
 * @param value what the sweep varies at the best trial, as the trial has it; empty where no trial can be used
 * @param asGood the values that are as good as the best one, in the order in which they were tried; may be empty
 * @param decided whether the data tell the best from anything
 * @param confidence the share of resamples in which it is the best, 0 to 1
 * @param p of the comparison with {@code against}, after Holm's correction
 * @param against the value that {@code p} is about; empty where there is none
 * @param seeds of every rate; the smallest number where they differ
 * @param rows validation rows that were compared
 * @param rowsNeeded rows that it would take to tell the best from its runner-up with 80 % power, 0 where it is told
 *     already or no number would do
 * @param sentence the answer in English, made from this file by {@link AnswerSentence}
 * @param sentenceZh the same in Chinese
 * @param restsOn what was compared, in words
 * @param command the command for the final run; empty where no trial can be used
 */
public record SweepAnswer(
        double lr,
        double low,
        double high,
        String value,
        List<String> asGood,
        boolean decided,
        double confidence,
        double p,
        String against,
        int seeds,
        int rows,
        long rowsNeeded,
        String sentence,
        String sentenceZh,
        String restsOn,
        String command) {
    public SweepAnswer {
        asGood = List.copyOf(asGood);
    }

    /** Whether there is a rate to use. */
    public boolean isUsable() {
        return Double.isFinite(lr);
    }

    /** The same, told or not told from the others. */
    public SweepAnswer withDecided(boolean told) {
        return with(told, sentence, sentenceZh, restsOn, command);
    }

    /** The same with its sentences and what they rest on. */
    public SweepAnswer withSentences(String english, String chinese, String basis) {
        return with(decided, english, chinese, basis, command);
    }

    /** The same with the command for the final run. */
    public SweepAnswer withCommand(String text) {
        return with(decided, sentence, sentenceZh, restsOn, text);
    }

    private SweepAnswer with(boolean told, String english, String chinese, String basis, String text) {
        return new SweepAnswer(
                lr,
                low,
                high,
                value,
                asGood,
                told,
                confidence,
                p,
                against,
                seeds,
                rows,
                rowsNeeded,
                english,
                chinese,
                basis,
                text);
    }

    ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        JsonFields.put(json, "lr", lr);
        JsonFields.put(json, "low", low);
        JsonFields.put(json, "high", high);
        json.put("value", value);
        asGood.forEach(json.putArray("as_good")::add);
        json.put("decided", decided);
        JsonFields.put(json, "confidence", confidence);
        JsonFields.put(json, "p", p);
        return json.put("against", against)
                .put("seeds", seeds)
                .put("rows", rows)
                .put("rows_needed", rowsNeeded)
                .put("sentence", sentence)
                .put("sentence_zh", sentenceZh)
                .put("rests_on", restsOn)
                .put("command", command);
    }

    static SweepAnswer read(SweepFields fields) {
        double lr = fields.number("lr");
        return new SweepAnswer(
                lr,
                fields.number("low", lr),
                fields.number("high", lr),
                fields.text("value", ""),
                fields.texts("as_good"),
                fields.flag("decided"),
                fields.number("confidence", Double.NaN),
                fields.number("p", Double.NaN),
                fields.text("against", ""),
                fields.count("seeds", 1),
                fields.count("rows", 0),
                fields.whole("rows_needed", 0),
                fields.text("sentence", ""),
                fields.text("sentence_zh", ""),
                fields.text("rests_on", ""),
                fields.text("command", ""));
    }
}
