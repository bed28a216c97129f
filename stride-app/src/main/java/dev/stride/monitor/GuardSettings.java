package dev.stride.monitor;

import dev.stride.config.Guard;
import dev.stride.config.RuleProfile;
import dev.stride.config.RunConfig;
import dev.stride.config.StopMetric;
import dev.stride.config.WatchConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which guards watch a run: those that the profile has, those turned on or off by name, and of both only those that have
 * something to watch.
 */
public final class GuardSettings {
    private final WatchConfig watch;
    private final RuleProfile profile;
    private final boolean validates;
    private final List<StopMetric> metrics;

    private GuardSettings(WatchConfig watch, RuleProfile profile, boolean validates, List<StopMetric> metrics) {
        this.watch = watch;
        this.profile = profile;
        this.validates = validates;
        this.metrics = List.copyOf(metrics);
    }

    /** Something that other settings watch in another way. */
    public record Difference(String name, String value, String insteadOf, String reason) {}

    /** The guards of a configuration. */
    public static GuardSettings of(RunConfig config) {
        return of(config, config.plan().profile());
    }

    /** The guards of a configuration under the rules of a profile. */
    public static GuardSettings of(RunConfig config, RuleProfile profile) {
        StopMetric given = config.watch().metric();
        return new GuardSettings(
                config.watch(),
                profile,
                !config.data().val().isEmpty(),
                given != null
                        ? List.of(given)
                        : StopMetric.standard(config.task(), config.eval().generateRows() > 0));
    }

    /** Whether a guard watches. */
    public boolean isOn(Guard guard) {
        return watch.isOn(guard, profile) && (validates || !guard.needsValidation());
    }

    /** Those that watch, in the order in which they are shown. */
    public Set<Guard> on() {
        Set<Guard> on = EnumSet.noneOf(Guard.class);
        Arrays.stream(Guard.values()).filter(this::isOn).forEach(on::add);
        return on;
    }

    /** What early stopping follows; the first names the best evaluation. */
    public List<StopMetric> metrics() {
        return metrics;
    }

    /**
     * New monitors of steps, those that are on; early stopping, the self-test's judge and {@link NonFiniteStop} are made
     * where they are used.
     */
    public List<Monitor> stepMonitors() {
        List<Monitor> monitors = new ArrayList<>();
        for (Guard guard : on()) {
            switch (guard) {
                case GRAD_NORM -> monitors.add(new GradNormStop(GradNormStop.RECORD_EVERY));
                case GRAD_NORM_Z -> monitors.add(new GradNormZScore());
                case DIVERGED -> monitors.add(new DivergedStop());
                case LOSS_ZERO -> monitors.add(new LossZero());
                case LOSS_RISING -> monitors.add(new LossRising());
                case LOSS_JUMP -> monitors.add(new LossJump());
                case STILL_WEIGHTS -> monitors.add(new StillWeights());
                case NON_FINITE, RATE_WITHOUT_EFFECT, EARLY_STOP -> {}
            }
        }
        return monitors;
    }

    /** The early stop of the profile; {@code gainTest} is asked in the evidence profile alone. */
    public EarlyStop earlyStop(GainTest gainTest) {
        return profile == RuleProfile.EVIDENCE
                ? EarlyStop.evidence(metrics, watch.patience(), gainTest)
                : EarlyStop.classic(metrics, watch.patience());
    }

    /** What follows an early stop. */
    public RecoveryPolicy recoveryPolicy() {
        return new RecoveryPolicy(profile, watch.maxRecoveries(), metrics.get(0));
    }

    /** What {@code other} settings would watch in another way than these. */
    public List<Difference> differences(GuardSettings other) {
        List<Difference> all = new ArrayList<>();
        Set<Guard> mine = on();
        Set<Guard> others = other.on();
        String added = words(others, mine);
        String left = words(mine, others);
        if (!added.isEmpty() || !left.isEmpty()) {
            all.add(new Difference("guard", named(added), named(left), other.normReason()));
        }
        if (profile != other.profile && isOn(Guard.EARLY_STOP)) {
            all.add(new Difference("early stop", other.stopRule(), stopRule(), other.stopReason()));
            if (watch.maxRecoveries() > 0) {
                all.add(new Difference("recovery", other.recoveryRule(), recoveryRule(), other.recoveryReason()));
            }
        }
        return all;
    }

    private static String words(Set<Guard> guards, Set<Guard> without) {
        return guards.stream()
                .filter(guard -> !without.contains(guard))
                .map(Guard::word)
                .collect(Collectors.joining(" and "));
    }

    private static String named(String guards) {
        return guards.isEmpty() ? "none" : guards;
    }

    private String normReason() {
        return profile == RuleProfile.EVIDENCE
                ? "what norm is large depends on the model, so it is compared with the norms that the run has had"
                : "the written rules know one limit for every model";
    }

    private String stopRule() {
        return profile == RuleProfile.EVIDENCE
                ? "by a paired bootstrap and the loss"
                : "by patience " + watch.patience() + " alone";
    }

    private String stopReason() {
        return profile == RuleProfile.EVIDENCE
                ? "a score wavers from one evaluation to the next, so the rows themselves must say that nothing is gained"
                : "the written rules count evaluations";
    }

    private String recoveryRule() {
        return profile == RuleProfile.EVIDENCE ? "half the rate, a cooldown and twice the rate" : "half the rate";
    }

    private String recoveryReason() {
        return profile == RuleProfile.EVIDENCE
                ? "a lower rate anneals and need not lead away from a plateau; twice the rate needs half of the run"
                : "the written rules halve the rate";
    }

    /** A line for each guard, for the plan: {@code grad-norm: on, stops when ...}. */
    public List<String> lines() {
        return Arrays.stream(Guard.values()).map(this::line).toList();
    }

    private String line(Guard guard) {
        String state = isOn(guard) ? "on" : "off";
        boolean noData = watch.isOn(guard, profile) && !isOn(guard);
        return guard.word() + ": " + state + (noData ? " for want of validation data" : "") + ", " + guard.does()
                + (guard == Guard.EARLY_STOP && isOn(guard) ? details() : "");
    }

    private String details() {
        return " (patience " + watch.patience() + ", by "
                + String.join(" and ", metrics.stream().map(StopMetric::word).toList()) + ", at most "
                + watch.maxRecoveries() + (watch.maxRecoveries() == 1 ? " recovery)" : " recoveries)");
    }
}
