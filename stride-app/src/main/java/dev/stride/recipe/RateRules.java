package dev.stride.recipe;

import dev.stride.config.Method;
import dev.stride.config.Numbers;
import dev.stride.config.PlanConfig;
import dev.stride.config.RuleProfile;
import dev.stride.config.RunConfig;
import dev.stride.config.ScalingRule;
import dev.stride.config.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The rules for the peak rate: recipe, then method, batch, hardware, and last the cap.
 *
 * <p>The classic profile is the written rules, literally: no look at the method, the rate in proportion to the batch, a
 * factor for the hardware, at most 1e-4. The evidence profile differs where published measurements do: LoRA bears about
 * ten times the rate of full tuning (Schulman et al. 2025, LoRA Without Regret), AdamW's rate follows the square root of
 * the batch (Granziol et al. 2020, arXiv 2006.09092; Malladi et al. 2022, arXiv 2205.10287), no source supports a factor
 * by hardware, and the cap is the method's.
 */
final class RateRules {
    /** No planned rate of the written rules passes this, nor one of full tuning. */
    static final double CAP = 1e-4;

    /** Above this a LoRA rate is warned about; the best rates seen are 3e-4 to 1e-3. */
    static final double LORA_CAP = 1e-3;

    /** The best rate of LoRA over that of full tuning. */
    static final double LORA_FACTOR = 10;

    private static final String METHOD = "method";

    private RateRules() {}

    /** The ledger of a configuration that a profile has filled in. */
    static Ledger ledger(RunConfig config, RuleProfile profile, TaskRecipe recipe, HardwareProfile hardware) {
        Double given = config.optimizer().lr();
        if (given != null) {
            return new Ledger(List.of(new Factor(
                    Ledger.GIVEN,
                    given,
                    "given (" + config.origin("optimizer.lr") + "); nothing multiplies a rate that is given")));
        }
        PlanConfig plan = config.plan();
        Method method = config.tuning().method();
        boolean evidence = profile == RuleProfile.EVIDENCE;
        List<Factor> factors = new ArrayList<>();
        factors.add(new Factor("recipe", recipe.baseline(), recipeReason(config.task(), recipe)));
        if (evidence) {
            factors.add(
                    method == Method.LORA
                            ? new Factor(
                                    METHOD,
                                    LORA_FACTOR,
                                    "the best LoRA rate is about ten times that of full tuning (LoRA Without Regret),"
                                            + " and so is its range, "
                                            + range(recipe, LORA_FACTOR))
                            : new Factor(METHOD, 1, "the recipes' rates are those of full tuning"));
        }
        factors.add(batchFactor(
                plan.scaling(), Objects.requireNonNull(config.train().batch()), recipe.batch()));
        factors.add(hardware.toFactor(
                plan.hardwareFactor(),
                evidence
                        ? "no measurement supports a factor; what trains is stored in fp32, and that is what matters"
                        : "the factor is off (" + config.origin("plan.hardware_factor") + ")"));
        return capped(factors, evidence ? cap(method) : CAP, evidence ? "method " + method.word() : "the rules");
    }

    /** The product of factors, kept at or below a cap. */
    static Ledger capped(List<Factor> factors, double cap, String whose) {
        Ledger ledger = new Ledger(factors);
        String name = Numbers.text(cap);
        return ledger.capped(
                cap,
                "the cap of " + whose + " is " + name + "; it would be " + Numbers.text(ledger.product()),
                "below the cap of " + whose + ", " + name);
    }

    /** The highest rate that a method is known to bear without a warning. */
    static double cap(Method method) {
        return switch (method) {
            case FULL -> CAP;
            case LORA -> LORA_CAP;
        };
    }

    /** How the rate follows the batch. */
    static Factor batchFactor(ScalingRule rule, int batch, int recipeBatch) {
        double k = (double) batch / recipeBatch;
        String batches = "batch " + batch + " against the recipe's " + recipeBatch;
        return switch (rule) {
            case LINEAR -> new Factor("batch", k, batches + ": the rate follows in proportion");
            case SQRT -> new Factor("batch", Math.sqrt(k), batches + ": the rate follows with the square root");
            case NONE -> new Factor("batch", 1, batches + ": the rate stays (scaling none)");
        };
    }

    /** What is unusual about the rates. */
    static List<String> warnings(
            RunConfig config, RuleProfile profile, TaskRecipe recipe, Ledger ledger, List<RateGroup> groups) {
        List<String> warnings = new ArrayList<>();
        double peak = ledger.product();
        Method method = config.tuning().method();
        double cap = cap(method);
        if (ledger.isGiven() && peak > cap) {
            warnings.add("The given rate " + Numbers.text(peak) + " is above the cap " + Numbers.text(cap)
                    + " of method " + method.word() + "; it is used as given, and may diverge.");
        } else {
            groups.stream()
                    .filter(group -> group.rate(peak, 1) > cap)
                    .findFirst()
                    .ifPresent(group -> warnings.add("The group " + group.name() + " has a peak of "
                            + Numbers.text(group.rate(peak, 1)) + ", above the cap " + Numbers.text(cap)
                            + " of method " + method.word() + "; its factors were asked for and are used."));
        }
        String outside = outsideRange(config, recipe, ledger);
        if (outside != null) {
            warnings.add(outside);
        }
        return warnings;
    }

    /** The range is for the recipe's batch, and times the method's factor; a hardware factor may leave it too. */
    private static @Nullable String outsideRange(RunConfig config, TaskRecipe recipe, Ledger ledger) {
        double peak = ledger.product();
        double method = ledger.value(METHOD);
        // a rate at the end of the range may miss it by its last bits
        double slack = 1e-9 * peak;
        if (ledger.isGiven()
                || (peak >= method * recipe.lowest() - slack && peak <= method * recipe.highest() + slack)) {
            return null;
        }
        boolean otherBatch = !Objects.equals(config.train().batch(), recipe.batch());
        return "The planned rate " + Numbers.text(peak) + " lies outside " + recipe.name() + "'s range "
                + range(recipe, method)
                + (method == 1 ? "" : " for " + config.tuning().method().word())
                + ", because "
                + (otherBatch
                        ? "the batch of " + config.train().batch() + " is not the recipe's " + recipe.batch()
                                + "; give --lr, or --scaling none, if that is not wanted."
                        : "of the hardware's factor; --hardware-factor off leaves it out.");
    }

    private static String range(TaskRecipe recipe, double factor) {
        return Numbers.text(factor * recipe.lowest()) + " to " + Numbers.text(factor * recipe.highest());
    }

    private static String recipeReason(@Nullable Task task, TaskRecipe recipe) {
        return task == null
                ? "no task was given, so the rates of dialogue are used: " + recipe.baselineReason()
                : recipe.baselineReason();
    }
}
