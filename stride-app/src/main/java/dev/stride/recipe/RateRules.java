package dev.stride.recipe;

import dev.stride.config.Method;
import dev.stride.config.Numbers;
import dev.stride.config.Origin;
import dev.stride.config.RunConfig;
import dev.stride.config.ScalingRule;
import dev.stride.config.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The classic profile: the written rules for the peak rate, literally. Recipe, then batch rule, then cap.
 */
final class RateRules {
    /** No planned rate passes this. */
    static final double CAP = 1e-4;

    /** Above this a LoRA rate is warned about; the best rates seen are 3e-4 to 1e-3. */
    static final double LORA_CAP = 1e-3;

    private RateRules() {}

    /** The ledger of a configuration whose batch is filled in. */
    static Ledger ledger(RunConfig config, TaskRecipe recipe) {
        Double given = config.optimizer().lr();
        if (given != null) {
            Origin origin = config.origin("optimizer.lr");
            return new Ledger(List.of(
                    new Factor("given", given, "given (" + origin + "); nothing multiplies a rate that is given")));
        }
        List<Factor> factors = new ArrayList<>();
        factors.add(new Factor("recipe", recipe.baseline(), recipeReason(config.task(), recipe)));
        factors.add(batchFactor(config, recipe));
        double product = new Ledger(factors).product();
        if (product > CAP) {
            factors.add(new Factor(
                    "cap",
                    CAP / product,
                    "the rules let no planned rate pass " + Numbers.text(CAP) + "; it would be "
                            + Numbers.text(product)));
        }
        return new Ledger(factors);
    }

    /** The highest rate that a method is known to bear without a warning. */
    static double cap(Method method) {
        return switch (method) {
            case FULL -> CAP;
            case LORA -> LORA_CAP;
        };
    }

    /** What is unusual about the rate. */
    static List<String> warnings(RunConfig config, TaskRecipe recipe, Ledger ledger) {
        List<String> warnings = new ArrayList<>();
        double peak = ledger.product();
        Method method = config.tuning().method();
        if (ledger.isGiven() && peak > cap(method)) {
            warnings.add("The given rate " + Numbers.text(peak) + " is above the cap " + Numbers.text(cap(method))
                    + " of method " + method.word() + "; it is used as given, and may diverge.");
        }
        // a rate at the end of the range may miss it by its last bits
        double slack = 1e-9 * peak;
        if (!ledger.isGiven() && (peak < recipe.lowest() - slack || peak > recipe.highest() + slack)) {
            warnings.add("The planned rate " + Numbers.text(peak) + " lies outside " + recipe.name() + "'s range "
                    + Numbers.text(recipe.lowest()) + " to " + Numbers.text(recipe.highest())
                    + ", because the batch of " + config.train().batch() + " is not the recipe's "
                    + recipe.batch() + "; give --lr, or --scaling none, if that is not wanted.");
        }
        return warnings;
    }

    /** What the literature would change; null where it has nothing to say. */
    static @Nullable String evidence(RunConfig config, Ledger ledger) {
        if (ledger.isGiven() || config.tuning().method() != Method.LORA) {
            return null;
        }
        double suggested = Math.min(LORA_CAP, 10 * ledger.product());
        return "The written rules do not look at the method. Published comparisons find the best LoRA rate about ten"
                + " times that of full tuning: --lr " + Numbers.text(suggested) + " is worth a trial.";
    }

    private static String recipeReason(@Nullable Task task, TaskRecipe recipe) {
        return task == null
                ? "no task was given, so the rates of dialogue are used: " + recipe.baselineReason()
                : recipe.baselineReason();
    }

    private static Factor batchFactor(RunConfig config, TaskRecipe recipe) {
        int batch = Objects.requireNonNull(config.train().batch());
        double k = (double) batch / recipe.batch();
        ScalingRule rule = config.plan().scaling();
        String batches = "batch " + batch + " against the recipe's " + recipe.batch();
        return switch (rule) {
            case LINEAR -> new Factor("batch", k, batches + ": the rate follows in proportion");
            case SQRT -> new Factor("batch", Math.sqrt(k), batches + ": the rate follows with the square root");
            case NONE -> new Factor("batch", 1, batches + ": the rate stays (scaling none)");
        };
    }
}
