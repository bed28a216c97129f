package dev.stride.monitor;

import dev.stride.config.Numbers;
import dev.stride.config.RuleProfile;
import dev.stride.config.StopMetric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is tried after an early stop, and which of it wins. All branches of a recovery start from the best checkpoint,
 * with weights, moments, random state and monitors restored first and the rate set after, and with the data moved past
 * what was tried.
 *
 * <ul>
 *   <li>The classic profile tries half the rate.
 *   <li>The evidence profile tries half the rate and a short cooldown, {@code 1 - sqrt} down to 0 over a fifth of what
 *       remains (Hägele et al. 2024, arXiv 2405.18392), and twice the rate where at least half of the run remains.
 * </ul>
 *
 * <p>A halving multiplies the factor of the best checkpoint; if an earlier recovery already started from that checkpoint
 * its factor is halved once more, since the same branch would only be made again. The winner is the branch with the best
 * value of the metric, or the run as it was where none is better.
 */
public final class RecoveryPolicy {
    /** The name of the run as it was before a recovery. */
    public static final String TRUNK = "trunk";

    private static final double COOLDOWN_SHARE = 0.2;
    private static final double DOUBLE_NEEDS = 0.5;

    private final RuleProfile profile;
    private final int maxRecoveries;
    private final StopMetric metric;

    private int recoveries;
    private @Nullable Stopped stopped;
    private double halved = 1;

    /** The values that the finished branches reached, in their order. */
    private double[] results = {};

    /**
     * Where a run stands when it stops.
     *
     * @param bestStep the step of the best checkpoint
     * @param bestValue its value of the metric
     * @param bestFactor what the schedule was multiplied by when it was made; 1 without recoveries
     * @param totalSteps updates planned
     */
    public record Stopped(long bestStep, double bestValue, double bestFactor, long totalSteps) {
        public Stopped {
            if (bestStep < 0 || bestStep >= totalSteps || !(bestFactor > 0)) {
                throw new IllegalArgumentException("nothing can be tried from step " + bestStep + " of " + totalSteps
                        + " with a factor of " + bestFactor);
            }
        }

        long remaining() {
            return totalSteps - bestStep;
        }
    }

    /**
     * A policy that has not tried anything.
     *
     * @param metric by whose value branches are compared
     */
    public RecoveryPolicy(RuleProfile profile, int maxRecoveries, StopMetric metric) {
        this.profile = profile;
        this.maxRecoveries = maxRecoveries;
        this.metric = metric;
    }

    /** Whether one more recovery may begin: not while one is under way, and not beyond the limit. */
    public boolean mayBegin() {
        return recoveries < maxRecoveries && next() == null;
    }

    /** Recoveries begun until now. */
    public int recoveries() {
        return recoveries;
    }

    /**
     * Begins a recovery.
     *
     * @return its branches, in the order in which they are to be run
     * @throws IllegalStateException if none {@linkplain #mayBegin may begin}
     */
    public List<BranchPlan> begin(Stopped now) {
        if (!mayBegin()) {
            throw new IllegalStateException("recovery " + (recoveries + 1) + " of " + maxRecoveries + " cannot begin"
                    + (next() == null ? "" : " before the branches of the last are done"));
        }
        boolean again = stopped != null
                && stopped.bestStep == now.bestStep
                && Double.compare(stopped.bestFactor, now.bestFactor) == 0;
        halved = again ? halved / 2 : now.bestFactor / 2;
        stopped = now;
        results = new double[0];
        recoveries++;
        return branches();
    }

    /** The branches of the recovery that was begun last; none before the first. */
    public List<BranchPlan> branches() {
        Stopped from = stopped;
        if (from == null) {
            return List.of();
        }
        String name = "recovery-" + recoveries;
        String start = "recovery " + recoveries + " of " + maxRecoveries + " goes back to step " + from.bestStep + " ("
                + metric.word() + " " + Numbers.text(from.bestValue) + ") and ";
        String instead = " in place of " + Numbers.text(from.bestFactor) + " times the schedule's";
        List<BranchPlan> branches = new ArrayList<>();
        branches.add(new BranchPlan(
                name,
                halved,
                BranchPlan.Kind.HALVE,
                from.remaining(),
                start + "tries " + Numbers.text(halved) + instead + " rate for the remaining " + from.remaining()
                        + " updates"));
        if (profile == RuleProfile.EVIDENCE) {
            long cooldown = Math.max(1, Math.round(COOLDOWN_SHARE * from.remaining()));
            branches.add(new BranchPlan(
                    name + "-cooldown",
                    from.bestFactor,
                    BranchPlan.Kind.COOLDOWN,
                    cooldown,
                    start + "lets the rate fall to 0 as 1 - sqrt within " + cooldown + " updates"));
            if (from.remaining() >= DOUBLE_NEEDS * from.totalSteps) {
                double doubled = 2 * from.bestFactor;
                branches.add(new BranchPlan(
                        name + "-double",
                        doubled,
                        BranchPlan.Kind.DOUBLE,
                        from.remaining(),
                        start + "tries " + Numbers.text(doubled) + instead + " rate, since " + from.remaining() + " of "
                                + from.totalSteps + " updates remain"));
            }
        }
        return branches;
    }

    /** The branch to run or go on with; null when all are done. */
    public @Nullable BranchPlan next() {
        List<BranchPlan> branches = branches();
        return results.length < branches.size() ? branches.get(results.length) : null;
    }

    /**
     * Says how the {@linkplain #next branch} ended.
     *
     * @param best the best value of the metric in the branch; NaN if it has none
     */
    public void finished(double best) {
        if (next() == null) {
            throw new IllegalStateException("no branch is under way");
        }
        results = Arrays.copyOf(results, results.length + 1);
        results[results.length - 1] = best;
    }

    /** The branch that did best, or {@link #TRUNK}; null while a branch is to be run, and before the first recovery. */
    public @Nullable String winner() {
        Stopped from = stopped;
        if (from == null || next() != null) {
            return null;
        }
        String winner = TRUNK;
        double best = from.bestValue;
        List<BranchPlan> branches = branches();
        for (int i = 0; i < results.length; i++) {
            if (metric.isBetter(results[i], best)) {
                best = results[i];
                winner = branches.get(i).name();
            }
        }
        return winner;
    }

    /** What a checkpoint must hold, as for a {@link Monitor}; it belongs to the run and not to a branch. */
    public Map<String, double[]> state() {
        Map<String, double[]> state = new LinkedHashMap<>();
        state.put("recoveries", new double[] {recoveries, halved});
        state.put("results", results.clone());
        Stopped from = stopped;
        state.put(
                "stopped",
                from == null
                        ? new double[0]
                        : new double[] {from.bestStep, from.bestValue, from.bestFactor, from.totalSteps});
        return state;
    }

    /** Goes on from a saved state. */
    public void restore(Map<String, double[]> state) {
        double[] counts = saved(state, "recoveries");
        recoveries = (int) counts[0];
        halved = counts[1];
        results = saved(state, "results").clone();
        double[] from = saved(state, "stopped");
        stopped = from.length == 0 ? null : new Stopped((long) from[0], from[1], from[2], (long) from[3]);
    }

    private static double[] saved(Map<String, double[]> state, String name) {
        return Objects.requireNonNull(state.get(name), name);
    }
}
