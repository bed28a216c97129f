package dev.stride.recipe;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.PrecisionChoice;
import dev.stride.config.RunConfig;
import dev.stride.schedule.LrSchedule;
import java.util.ArrayList;
import java.util.List;

/**
 * A run in absolute numbers, each derived one with its reason, before the first step.
 *
 * @param config what was asked, with the recipe's values filled in
 * @param recipe whose rates and shape are used
 * @param data one epoch of the training data
 * @param model sizes of the model
 * @param machine the device
 * @param updatesPerEpoch optimizer updates of one epoch: ceil(rows / batch)
 * @param updates optimizer updates of the run
 * @param batch rows of one update
 * @param maxTokens tokens of the longest row allowed
 * @param passTokens most tokens of one forward pass
 * @param precision type of the products, never AUTO
 * @param ledger how the peak rate came about
 * @param schedule the rate of every update
 * @param trainable parameters that train
 * @param memory what the run needs
 * @param notes what is worth knowing
 * @param warnings what may go wrong
 */
public record RunPlan(
        RunConfig config,
        TaskRecipe recipe,
        DataFacts data,
        ModelFacts model,
        MachineFacts machine,
        long updatesPerEpoch,
        Reasoned<Long> updates,
        Reasoned<Integer> batch,
        Reasoned<Integer> maxTokens,
        Reasoned<Integer> passTokens,
        Reasoned<PrecisionChoice> precision,
        Ledger ledger,
        LrSchedule schedule,
        long trainable,
        MemoryEstimate memory,
        List<String> notes,
        List<String> warnings) {
    public RunPlan {
        notes = List.copyOf(notes);
        warnings = List.copyOf(warnings);
    }

    /** The same with one more warning. */
    public RunPlan withWarning(String warning) {
        List<String> more = new ArrayList<>(warnings);
        more.add(warning);
        return new RunPlan(
                config,
                recipe,
                data,
                model,
                machine,
                updatesPerEpoch,
                updates,
                batch,
                maxTokens,
                passTokens,
                precision,
                ledger,
                schedule,
                trainable,
                memory,
                notes,
                more);
    }

    /** The peak rate. */
    public double peak() {
        return ledger.product();
    }

    /** Passes over the data. */
    public double epochs() {
        return (double) updates.value() / updatesPerEpoch;
    }

    /** The guards that are always on. */
    public List<String> guards() {
        return List.of(
                "a batch without a trained token: no update is made with it",
                "a loss or gradient norm that is not finite: no update is made with it; a second in a row stops the run");
    }

    /** The plan for people: each number with its reason, and the curve. */
    public String toText() {
        return new PlanText(this).toText();
    }

    /** The plan as the document {@code plan.json}. */
    public ObjectNode toJson() {
        return PlanJson.of(this);
    }
}
