package dev.stride.recipe;

import dev.stride.config.Numbers;
import dev.stride.config.RuleProfile;
import dev.stride.config.RunConfig;
import dev.stride.config.UserException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the profile that was not chosen would have planned.
 *
 * @param profile which
 * @param choices its numbers; null where it does not go with what was given
 * @param differences a sentence for each number that differs, with the reason, or why there are no numbers
 */
public record OtherProfile(RuleProfile profile, @Nullable Choices choices, List<String> differences) {
    public OtherProfile {
        differences = List.copyOf(differences);
    }

    /** The other profile for the same configuration. */
    static OtherProfile of(Choices mine, RunConfig config, TaskRecipe recipe, MachineFacts machine, long updates) {
        RuleProfile other = mine.profile().other();
        try {
            Choices choices = Choices.of(config, other, recipe, machine, updates);
            return new OtherProfile(other, choices, differences(mine, choices));
        } catch (UserException e) {
            return new OtherProfile(
                    other,
                    null,
                    List.of("does not go with what was given: " + e.getMessage().replace('\n', ' ')));
        }
    }

    private static List<String> differences(Choices mine, Choices other) {
        List<String> all = new ArrayList<>();
        add(all, "peak", mine.ledger().product(), other.ledger().product(), other.peakReason(mine));
        if (!mine.schedule().shape().equals(other.schedule().shape())) {
            all.add("schedule " + other.schedule().shape() + " instead of "
                    + mine.schedule().shape() + ": " + other.shapeReason());
        }
        add(
                all,
                "warm-up updates",
                mine.schedule().warmup(),
                other.schedule().warmup(),
                Objects.toString(other.config().schedule().warmup()));
        OptimizerPlan a = mine.optimizer();
        OptimizerPlan b = other.optimizer();
        add(all, "beta2", a.beta2().value(), b.beta2().value(), b.beta2().reason());
        add(
                all,
                "weight decay",
                a.weightDecay().value(),
                b.weightDecay().value(),
                b.weightDecay().reason());
        add(all, "clip", a.clip().value(), b.clip().value(), b.clip().reason());
        if (all.isEmpty()) {
            all.add("plans the same numbers");
        }
        return all;
    }

    private static void add(List<String> all, String name, double mine, double other, String reason) {
        if (mine != other) {
            all.add(name + " " + Numbers.text(other) + " instead of " + Numbers.text(mine) + ": " + reason);
        }
    }
}
