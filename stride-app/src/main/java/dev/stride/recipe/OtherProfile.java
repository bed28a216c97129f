package dev.stride.recipe;

import dev.stride.config.Numbers;
import dev.stride.config.RuleProfile;
import dev.stride.config.RunConfig;
import dev.stride.config.UserException;
import dev.stride.monitor.GuardSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What the profile that was not chosen would have planned.
 *
 * @param profile which
 * @param choices its numbers; null where it does not go with what was given
 * @param differences what it would have chosen otherwise
 * @param refusal why there are no numbers; empty where there are
 */
public record OtherProfile(
        RuleProfile profile, @Nullable Choices choices, List<Difference> differences, String refusal) {
    private static final String PEAK = "peak";

    public OtherProfile {
        differences = List.copyOf(differences);
    }

    /**
     * Something that the other profile would have chosen otherwise.
     *
     * @param name what it is, for example {@code beta2}
     * @param value its choice
     * @param insteadOf the choice of this plan
     * @param reason for its choice
     */
    public record Difference(String name, String value, String insteadOf, String reason) {
        /** As a sentence. */
        public String text() {
            return name + " " + value + " instead of " + insteadOf + ": " + reason;
        }
    }

    /** A sentence about the peak, or one that says why there are no numbers. */
    public String headline() {
        if (choices == null) {
            return refusal;
        }
        return differences.stream()
                .filter(difference -> difference.name().equals(PEAK))
                .map(Difference::text)
                .findFirst()
                .orElse("the same peak, " + Numbers.text(choices.ledger().product()));
    }

    /** A sentence for each difference but the peak's, or one that says that there is none. */
    public List<String> sentences() {
        if (choices == null) {
            return List.of();
        }
        List<String> sentences = differences.stream()
                .filter(difference -> !difference.name().equals(PEAK))
                .map(Difference::text)
                .toList();
        return sentences.isEmpty() ? List.of("every other number is the same") : sentences;
    }

    /** The other profile for the same configuration. */
    static OtherProfile of(Choices mine, RunConfig config, TaskRecipe recipe, MachineFacts machine, long updates) {
        RuleProfile other = mine.profile().other();
        try {
            Choices choices = Choices.of(config, other, recipe, machine, updates);
            return new OtherProfile(other, choices, differences(mine, choices), "");
        } catch (UserException e) {
            return new OtherProfile(
                    other,
                    null,
                    List.of(),
                    "does not go with what was given: "
                            + String.valueOf(e.getMessage()).replace('\n', ' '));
        }
    }

    private static List<Difference> differences(Choices mine, Choices other) {
        List<Difference> all = new ArrayList<>();
        add(all, PEAK, mine.ledger().product(), other.ledger().product(), other.peakReason(mine));
        if (!mine.schedule().shape().equals(other.schedule().shape())) {
            all.add(new Difference(
                    "schedule", other.schedule().shape(), mine.schedule().shape(), other.shapeReason()));
        }
        add(
                all,
                "warm-up updates",
                mine.schedule().warmup(),
                other.schedule().warmup(),
                other.config().schedule().warmupSlope() != null
                        ? Numbers.text(other.config().schedule().warmupSlope()) + " an update"
                        : Objects.toString(other.config().schedule().warmup()));
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
        GuardSettings.of(mine.config(), mine.profile())
                .differences(GuardSettings.of(other.config(), other.profile()))
                .forEach(guard ->
                        all.add(new Difference(guard.name(), guard.value(), guard.insteadOf(), guard.reason())));
        return all;
    }

    private static void add(List<Difference> all, String name, double mine, double other, String reason) {
        if (mine != other) {
            all.add(new Difference(name, Numbers.text(other), Numbers.text(mine), reason));
        }
    }
}
