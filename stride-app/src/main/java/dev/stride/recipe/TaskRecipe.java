package dev.stride.recipe;

import dev.stride.config.Numbers;
import dev.stride.config.ScheduleName;
import dev.stride.config.Share;
import dev.stride.config.Task;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the written rules say for one task: range of the peak rate, batch, lengths, schedule.
 *
 * <p>The baseline is 3e-5 where the range holds it, else the geometric middle of the range.
 *
 * @param task which
 * @param lowest lower end of the range of the peak
 * @param highest upper end
 * @param batch rows of one update that the range is for
 * @param maxInput tokens of a prompt
 * @param maxOutput tokens of an answer; a row has prompt + answer + 1
 * @param schedule shape of the rate
 * @param warmup share of the updates in which it rises
 */
public record TaskRecipe(
        Task task,
        double lowest,
        double highest,
        int batch,
        int maxInput,
        int maxOutput,
        ScheduleName schedule,
        Share warmup) {
    private static final double BASELINE = 3e-5;

    private static final TaskRecipe CLASSIFICATION =
            new TaskRecipe(Task.CLASSIFICATION, 1e-5, 3e-5, 32, 111, 16, ScheduleName.COSINE, Share.ofPercent("6"));
    private static final TaskRecipe DIALOGUE =
            new TaskRecipe(Task.DIALOGUE, 2e-5, 5e-5, 64, 255, 256, ScheduleName.COSINE, Share.ofPercent("8"));
    private static final TaskRecipe CODE =
            new TaskRecipe(Task.CODE, 5e-5, 1e-4, 128, 511, 512, ScheduleName.LINEAR, Share.ofPercent("10"));

    /** The recipe of a task. */
    public static TaskRecipe of(Task task) {
        return switch (task) {
            case CLASSIFICATION -> CLASSIFICATION;
            case DIALOGUE -> DIALOGUE;
            case CODE -> CODE;
        };
    }

    /** Its name. */
    public String name() {
        return task.word();
    }

    /** The baseline of the peak, for the recipe's own batch. */
    public double baseline() {
        return holdsBaseline() ? BASELINE : Math.sqrt(lowest * highest);
    }

    /** Why the baseline is what it is. */
    String baselineReason() {
        String range = name() + "'s range " + Numbers.text(lowest) + " to " + Numbers.text(highest);
        return holdsBaseline()
                ? "the baseline " + Numbers.text(BASELINE) + ", which " + range + " holds"
                : "the geometric middle of " + range + ", which does not hold " + Numbers.text(BASELINE);
    }

    /** Tokens of a row. */
    public int maxTokens() {
        return maxInput + maxOutput + 1;
    }

    /** Batch, schedule and warm-up, as values of knobs. */
    Map<String, String> values() {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("train.batch", Integer.toString(batch));
        values.put("schedule.name", schedule.word());
        values.put("schedule.warmup", warmup.toString());
        return values;
    }

    /** Lengths, as values of knobs. */
    Map<String, String> lengths() {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("data.max_input_length", Integer.toString(maxInput));
        values.put("data.max_output_length", Integer.toString(maxOutput));
        return values;
    }

    private boolean holdsBaseline() {
        return lowest <= BASELINE && BASELINE <= highest;
    }
}
