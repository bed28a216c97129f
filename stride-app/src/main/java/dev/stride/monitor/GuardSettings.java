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

    /** The guards of a configuration. */
    public static GuardSettings of(RunConfig config) {
        StopMetric given = config.watch().metric();
        return new GuardSettings(
                config.watch(),
                config.plan().profile(),
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
