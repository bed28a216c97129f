package dev.stride.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.Numbers;
import dev.stride.config.PrecisionChoice;
import dev.stride.config.RunConfig;
import dev.stride.config.UserException;
import dev.stride.monitor.GuardSettings;
import dev.stride.schedule.LrSchedule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
 * @param schedule the rate of every update, before the factors of a group
 * @param optimizer AdamW's numbers
 * @param groups parameters that share a rate, in the order in which their rates are logged
 * @param other what the other profile of rules would have planned
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
        OptimizerPlan optimizer,
        List<RateGroup> groups,
        OtherProfile other,
        long trainable,
        MemoryEstimate memory,
        List<String> notes,
        List<String> warnings) {
    private static final Factor NO_RECOVERY = new Factor(RateGroup.RECOVERY, 1, "1 until a recovery lowers the rate");

    public RunPlan {
        groups = List.copyOf(groups);
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
                optimizer,
                groups,
                other,
                trainable,
                memory,
                notes,
                more);
    }

    /**
     * Itself, if it decides the same numbers as the plan that a run began with.
     *
     * @param began the run's {@code plan.json}
     * @throws UserException with everything that differs
     */
    public RunPlan requireSameAs(JsonNode began) {
        PlanChange.refuse(began, this);
        return this;
    }

    /** The peak rate. */
    public double peak() {
        return ledger.product();
    }

    /** How the peak of a group came about; the last factor is that of a recovery, 1 as long as there was none. */
    public Ledger ledger(RateGroup group) {
        return ledger.times(group.factors()).times(List.of(NO_RECOVERY));
    }

    /** How the rate of a group for update {@code step} comes about: the product is the rate, to the last bit. */
    public Ledger ledger(RateGroup group, long step) {
        return ledger(group, step, schedule, 1);
    }

    /**
     * The same where a run has left its plan.
     *
     * @param followed the plan's schedule, or the cooldown of a recovery
     * @param lowered the factor of the recovery times those of all cuts until then; 1 before the first
     */
    public Ledger ledger(RateGroup group, long step, LrSchedule followed, double lowered) {
        Factor scheduled = new Factor(
                "schedule",
                followed.at(step),
                "update " + step + " of " + followed.steps() + ", " + followed.shape() + " from the peak "
                        + Numbers.text(peak()));
        Factor recovery = lowered == 1
                ? NO_RECOVERY
                : new Factor(RateGroup.RECOVERY, lowered, "recoveries and cuts until then, multiplied");
        return new Ledger(List.of(scheduled)).times(group.factors()).times(List.of(recovery));
    }

    /** The rate of every group for update {@code step}, counted from 1. */
    public Map<String, Double> rates(long step) {
        double scheduled = schedule.at(step);
        Map<String, Double> rates = new LinkedHashMap<>();
        groups.forEach(group -> rates.put(group.name(), group.rate(scheduled, NO_RECOVERY.value())));
        return rates;
    }

    /** The factor of a recovery before there is one. */
    Factor noRecovery() {
        return NO_RECOVERY;
    }

    /** Tokens of the whole run, prompts included. */
    public long tokens() {
        return Math.round(data.tokens() * epochs());
    }

    /**
     * The share of what trains that an update at the peak changes, from 0 to 1, if it were stored in a format; it is
     * stored in FP32.
     */
    public double movedShare(MovedShare.Format format) {
        return MovedShare.atRate(format, peak(), optimizer.beta1());
    }

    /** Passes over the data. */
    public double epochs() {
        return (double) updates.value() / updatesPerEpoch;
    }

    /** Every guard, whether it is on, and what it does. */
    public List<String> guards() {
        return GuardSettings.of(config).lines();
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
