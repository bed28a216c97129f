package dev.stride.recipe;

import dev.stride.config.HardwareChoice;
import dev.stride.config.Method;
import dev.stride.config.Numbers;
import dev.stride.config.RuleProfile;
import dev.stride.config.RunConfig;
import dev.stride.config.ScheduleName;
import dev.stride.schedule.LrSchedule;
import dev.stride.schedule.Schedules;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * What one profile of rules makes of a configuration; what a person gave stays in both.
 *
 * @param profile which rules
 * @param config with the recipe's and the profile's values filled in
 * @param ledger how the peak came about
 * @param schedule the rate of every update
 * @param optimizer AdamW's numbers
 */
public record Choices(
        RuleProfile profile, RunConfig config, Ledger ledger, LrSchedule schedule, OptimizerPlan optimizer) {
    /** What a profile may bring; elsewhere the default stands. */
    private static final List<String> PROFILE_KNOBS =
            List.of("plan.scaling", "plan.hardware_factor", "optimizer.weight_decay", "optimizer.beta2");

    /** The beta2 of the recipe's batch. */
    private static final double BETA2 = 0.999;

    static Choices of(RunConfig config, RuleProfile profile, TaskRecipe recipe, MachineFacts machine, long updates) {
        RunConfig filled = fill(config, profile, recipe);
        HardwareProfile hardware =
                HardwareProfile.of(filled.plan().hardware(), filled.origin("plan.hardware"), machine);
        Ledger ledger = RateRules.ledger(filled, profile, recipe, hardware);
        return new Choices(
                profile,
                filled,
                ledger,
                Schedules.resolve(filled.schedule(), ledger.product(), updates),
                optimizer(filled, profile, recipe, hardware));
    }

    /** The configuration with the values of a recipe and a profile where nobody gave any. */
    static RunConfig fill(RunConfig config, RuleProfile profile, TaskRecipe recipe) {
        Map<String, String> values = new LinkedHashMap<>(recipe.values());
        if (profile == RuleProfile.EVIDENCE) {
            values.remove("schedule.name");
        }
        int ranks = config.plan().ranks();
        RunConfig filled = config.withDefaults(PROFILE_KNOBS);
        if (ranks > 1) {
            String batch = Objects.requireNonNull(values.remove("train.batch"));
            filled = filled.withRecipe(
                    recipe.name() + ", " + batch + " rows for each of " + ranks + " ranks",
                    Map.of("train.batch", Integer.toString(Math.multiplyExact(recipe.batch(), ranks))));
        }
        filled = filled.withRecipe(recipe.name(), values);
        if (profile == RuleProfile.CLASSIC) {
            return filled;
        }
        Map<String, String> own = new LinkedHashMap<>();
        own.put("plan.scaling", "sqrt");
        own.put("plan.hardware_factor", "off");
        own.put("schedule.name", ScheduleName.LINEAR.word());
        if (filled.tuning().method() == Method.LORA) {
            own.put("optimizer.weight_decay", "0");
        }
        int batch = Objects.requireNonNull(filled.train().batch());
        own.put("optimizer.beta2", Double.toString(beta2(BETA2, recipe.batch(), batch)));
        return filled.withProfile(profile, own);
    }

    /** The beta2 with the same half-life in tokens at another batch: b2^(B'/B) (Marek et al. 2025, arXiv 2507.07101). */
    static double beta2(double beta2, int batch, int otherBatch) {
        return batch == otherBatch ? beta2 : Math.pow(beta2, (double) otherBatch / batch);
    }

    /** Why the shape is what it is. */
    String shapeReason() {
        if (config.isGiven("schedule.name")) {
            return given("schedule.name");
        }
        return profile == RuleProfile.CLASSIC
                ? "the recipe's shape"
                : "linear to zero ends lower than a cosine and minds a wrong peak less (Bergsma et al. 2025)";
    }

    /** Why the peak is not that of other choices: the factors that differ; their sentences are in the ledger. */
    String peakReason(Choices than) {
        return ledger.withNames(than.ledger).stream()
                .filter(name -> ledger.value(name) != than.ledger.value(name))
                .map(name -> name + " " + Numbers.text(ledger.value(name)) + " instead of "
                        + Numbers.text(than.ledger.value(name)))
                .collect(Collectors.joining(", "));
    }

    private String given(String path) {
        return "given (" + config.origin(path) + ")";
    }

    private static OptimizerPlan optimizer(
            RunConfig config, RuleProfile profile, TaskRecipe recipe, HardwareProfile hardware) {
        var asked = config.optimizer();
        boolean evidence = profile == RuleProfile.EVIDENCE;
        boolean lora = config.tuning().method() == Method.LORA;
        String beta2 = evidence
                ? "the half-life of " + Numbers.text(BETA2) + " at the recipe's batch of " + recipe.batch()
                        + ", kept in tokens at " + config.train().batch() + " (arXiv 2507.07101)"
                : "default, at every batch";
        String decay = evidence && lora
                ? "decay would pull an adapter back to no change; at most 0.01 is advised"
                : evidence
                        ? "hardly acts at these rates: its time scale is 1/(rate x decay) updates (arXiv 2405.13698)"
                        : "the written rules: matrices alone, no biases and no norms";
        String clip = !evidence && hardware.kind() == HardwareChoice.Kind.FP16_ONLY
                ? "the written rules clip on cards with fp16 only"
                : evidence ? "clipping is free insurance on every device" : "default; the rules leave it open here";
        return new OptimizerPlan(
                asked.beta1(),
                reasoned(config, "optimizer.beta2", asked.beta2(), beta2),
                asked.eps(),
                reasoned(config, "optimizer.weight_decay", asked.weightDecay(), decay),
                reasoned(config, "optimizer.clip", asked.clip(), clip));
    }

    private static Reasoned<Double> reasoned(RunConfig config, String path, double value, String reason) {
        return new Reasoned<>(value, config.isGiven(path) ? "given (" + config.origin(path) + ")" : reason);
    }
}
