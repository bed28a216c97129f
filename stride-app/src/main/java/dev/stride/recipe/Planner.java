package dev.stride.recipe;

import dev.stride.config.Method;
import dev.stride.config.Numbers;
import dev.stride.config.Problem;
import dev.stride.config.RunConfig;
import dev.stride.config.Task;
import dev.stride.config.UserException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Turns a task, a batch and a method into a plan: numbers, each with its reason. */
public final class Planner {
    private Planner() {}

    /**
     * The configuration with the values of the recipe and of the profile where nobody gave any: batch, schedule and
     * warm-up, AdamW's numbers, and the lengths where a task but no length was given. Do this before the data is read.
     *
     * @throws UserException if what was given does not go with the recipe
     */
    public static RunConfig withRecipe(RunConfig config) {
        TaskRecipe recipe = recipe(config);
        RunConfig filled = Choices.fill(config, config.plan().profile(), recipe);
        boolean lengthGiven = config.isGiven("data.max_length")
                || config.isGiven("data.max_input_length")
                || config.isGiven("data.max_output_length");
        return config.task() == null || lengthGiven ? filled : filled.withRecipe(recipe.name(), recipe.lengths());
    }

    /**
     * The tokens that each of several runs may have in a pass that they share: what the machine has room for when as many
     * batches are updated at once, divided among them.
     *
     * @param plan of any one of them alone
     * @return at least the longest row
     */
    public static int sharedPassTokens(RunPlan plan, int runs) {
        int longest = plan.data().longest();
        int rows = Math.multiplyExact(plan.batch().value(), runs);
        Fitting.Fit fit = new Fitting(plan.config(), plan.model(), plan.machine(), rows, longest).find();
        return Math.max(longest, fit.tokens().value() / runs);
    }

    /**
     * The plan of a run.
     *
     * @param config what was asked; a recipe is filled in where that was not done yet
     * @throws UserException if the data is empty, or the schedule or the memory does not fit
     */
    public static RunPlan plan(RunConfig config, DataFacts data, ModelFacts model, MachineFacts machine) {
        RunConfig filled = withRecipe(config);
        checkData(data);
        checkZero(filled, machine);
        TaskRecipe recipe = recipe(filled);
        int batch = Objects.requireNonNull(filled.train().batch());
        long perEpoch = ceil(data.rows(), batch);
        Reasoned<Long> updates = updates(filled, data, batch, perEpoch);
        Choices choices = Choices.of(filled, filled.plan().profile(), recipe, machine, updates.value());
        List<RateGroup> groups = RateGroups.of(filled, model.layers(), model.tensors(filled.tuning()));
        Fitting.Fit fit = new Fitting(filled, model, machine, batch, data.longest()).find();
        List<String> warnings = RateRules.warnings(filled, choices.profile(), recipe, choices.ledger(), groups);
        warnings.addAll(otherWarnings(filled, data, machine, fit, updates.value(), perEpoch));
        return new RunPlan(
                filled,
                recipe,
                data,
                model,
                machine,
                perEpoch,
                updates,
                new Reasoned<>(batch, origin(filled, "train.batch")),
                maxTokens(filled),
                fit.tokens(),
                fit.precision(),
                choices.ledger(),
                choices.schedule(),
                choices.optimizer(),
                groups,
                OtherProfile.of(choices, filled, recipe, machine, updates.value()),
                model.trainable(filled.tuning()),
                fit.memory(),
                notes(filled),
                warnings);
    }

    /** Updates that {@code epochs} passes take: rounded up, from the exact decimal product. */
    static long updates(double epochs, long perEpoch) {
        return BigDecimal.valueOf(epochs)
                .multiply(BigDecimal.valueOf(perEpoch))
                .setScale(0, RoundingMode.CEILING)
                .longValueExact();
    }

    private static TaskRecipe recipe(RunConfig config) {
        Task task = config.task();
        return TaskRecipe.of(task == null ? Task.DIALOGUE : task);
    }

    private static void checkData(DataFacts data) {
        if (data.rows() == 0 || data.trainedTokens() == 0) {
            String given = data.rows() == 0 ? "no rows" : "no token that trains in " + data.rows() + " rows";
            throw new UserException(
                    "there is nothing to train on",
                    List.of(new Problem(
                            "data.train",
                            given,
                            "at least one row with an answer",
                            "",
                            "stride data check shows what was read.")));
        }
    }

    private static Reasoned<Long> updates(RunConfig config, DataFacts data, int batch, long perEpoch) {
        Long steps = config.train().steps();
        if (steps != null) {
            return new Reasoned<>(steps, "given (" + config.origin("train.steps") + ")");
        }
        double epochs = Objects.requireNonNull(config.train().epochs());
        return new Reasoned<>(
                updates(epochs, perEpoch),
                "ceil(" + Numbers.count(data.rows()) + " rows / " + batch + ") = " + Numbers.count(perEpoch)
                        + " an epoch, " + Numbers.text(epochs) + " epochs ("
                        + config.origin("train.epochs") + ")");
    }

    private static Reasoned<Integer> maxTokens(RunConfig config) {
        Integer given = config.data().maxLength();
        if (given != null) {
            return new Reasoned<>(given, origin(config, "data.max_length"));
        }
        return new Reasoned<>(
                config.data().maxTokens(),
                "input " + config.data().maxInputLength() + " ("
                        + config.origin("data.max_input_length") + ") + output "
                        + config.data().maxOutputLength() + " ("
                        + config.origin("data.max_output_length") + ") + 1");
    }

    private static void checkZero(RunConfig config, MachineFacts machine) {
        if (config.train().zero() && machine.ranks() == 1) {
            throw new UserException(
                    "one process has nobody to share the moments with",
                    List.of(new Problem(
                            "train.zero",
                            "on",
                            "off; on where several processes train together: stride train --nproc 2 or more,"
                                    + " stride plan --ranks 2 or more",
                            config.origin("train.zero").text(),
                            "")));
        }
    }

    private static List<String> notes(RunConfig config) {
        List<String> notes = new ArrayList<>();
        if (config.task() == null) {
            notes.add("No task was given: batch, schedule and rate follow the recipe of dialogue where you gave none."
                    + " --task says otherwise.");
        }
        return notes;
    }

    private static List<String> otherWarnings(
            RunConfig config, DataFacts data, MachineFacts machine, Fitting.Fit fit, long updates, long perEpoch) {
        List<String> warnings = new ArrayList<>();
        int batch = Objects.requireNonNull(config.train().batch());
        if (data.rows() < batch) {
            warnings.add("The data has " + Numbers.count(data.rows()) + " rows, fewer than the batch of " + batch
                    + ": every update sees all of them.");
        }
        if (data.cutRows() > 0) {
            warnings.add(Numbers.count(data.cutRows()) + " of " + Numbers.count(data.rows())
                    + " rows are longer than " + config.data().maxTokens() + " tokens and were cut ("
                    + config.data().truncation().word() + ").");
        }
        boolean validates = !config.data().val().isEmpty();
        long evalEvery = config.train().evalEvery().steps();
        if (validates && (evalEvery == 0 ? perEpoch : evalEvery) > updates) {
            warnings.add("Validation every " + config.train().evalEvery() + " would not come within the run's "
                    + Numbers.count(updates) + " updates; only the end is validated.");
        }
        long total = fit.memory().total();
        if (total > 0.9 * machine.memoryBytes()) {
            warnings.add("The estimate leaves less than a tenth of the memory free: " + Numbers.bytes(total) + " of "
                    + Numbers.bytes(machine.memoryBytes()) + ".");
        }
        if (fit.precision().value() == dev.stride.config.PrecisionChoice.BF16 && !machine.bf16()) {
            warnings.add(machine.device() + " has no instructions for bf16: it saves memory here, not time.");
        }
        return warnings;
    }

    private static String origin(RunConfig config, String path) {
        String origin = config.origin(path).text();
        return config.isGiven(path) ? "given (" + origin + ")" : origin;
    }

    private static long ceil(long a, long b) {
        return (a + b - 1) / b;
    }

    /** The highest rate that a method is known to bear; a higher one is used where it is given, with a warning. */
    public static double cap(Method method) {
        return RateRules.cap(method);
    }
}
