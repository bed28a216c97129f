package dev.stride.sweep;

import dev.stride.config.Numbers;
import dev.stride.config.PruneRule;
import dev.stride.config.RunConfig;
import dev.stride.config.StopMetric;
import dev.stride.schedule.LrSchedule;
import dev.stride.schedule.Sloped;
import dev.stride.schedule.WarmupStableDecay;
import dev.stride.search.SweepTrial;
import dev.stride.train.Preparation;
import dev.stride.train.RunFork;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * Trials as trunks: at a quarter and at a half of its updates each is held, and a branch leaves it there and is cooled down
 * to its end. Values at a constant rate hide what a cooldown will bring, those of cooled branches can be compared. Trials
 * that are not among the better half of them are ended, the others go on. A part at which one of them still warms up, or
 * cools down already, is left out.
 *
 * <p>A branch from step s is the run of s + d updates whose last d = max(1, s/5) cool down, in a folder of its own.
 */
final class Trunks {
    /** A trial is cooled at T/4 and at T/2 of its T updates. */
    private static final List<Integer> DIVISORS = List.of(4, 2);

    private final Board board;
    private final TrialRunner runner;
    private final SweepPlan plan;
    private final SweepListener listener;
    private final InstantSource clock;
    private final Map<TrialState, Map<Integer, TrialState>> branches = new LinkedHashMap<>();

    Trunks(Board board, TrialRunner runner, SweepPlan plan, SweepListener listener, InstantSource clock) {
        this.board = board;
        this.runner = runner;
        this.plan = plan;
        this.listener = listener;
        this.clock = clock;
    }

    /** Trains these trials, which are new here, to their half, but for those that are ended on the way. */
    void train(List<TrialState> trials) {
        trials.forEach(this::find);
        for (int divisor : DIVISORS) {
            ToLongFunction<TrialState> step = trial -> trial.spec().plannedSteps() / divisor;
            List<TrialState> open = isUsed(trials, divisor)
                    ? trials.stream().filter(trial -> !trial.status().isOver()).toList()
                    : List.of();
            runner.hold(open, step);
            if (runner.isInterrupted()) {
                return;
            }
            List<TrialState> cooling = new ArrayList<>();
            for (TrialState trial : open) {
                leave(trial, divisor);
                TrialState branch = branch(trial, divisor);
                if (branch != null) {
                    cooling.add(branch);
                }
            }
            runner.train(cooling);
            if (runner.isInterrupted()) {
                return;
            }
            if (plan.asked().sweep().prune() != PruneRule.OFF) {
                decide(open, divisor);
            }
        }
    }

    /** A part of a run at which one of the trials to be compared cannot be cooled is left out for all of them. */
    private boolean isUsed(List<TrialState> trials, int divisor) {
        List<TrialState> compared = new ArrayList<>(trials);
        board.all().stream()
                .filter(trial -> trial.spec().origin() == SweepTrial.Origin.GRID)
                .forEach(compared::add);
        for (TrialState trial : compared) {
            long step = trial.spec().plannedSteps() / divisor;
            if (!stays(trial, step)) {
                String warning = "No branches are cooled at 1/" + divisor + " of the updates: the rate of "
                        + trial.spec().name() + " is not at its peak at update " + step + ".";
                plan.warn(warning);
                listener.say(warning);
                return false;
            }
        }
        return true;
    }

    /** Takes in the branches that a sweep which goes on has made. */
    private void find(TrialState trial) {
        for (int divisor : DIVISORS) {
            long step = trial.spec().plannedSteps() / divisor;
            if (trial.exists() && stays(trial, step)) {
                TrialState known = state(trial, step);
                if (known.exists()) {
                    put(trial, divisor, known);
                }
            }
        }
    }

    private void leave(TrialState trial, int divisor) {
        long step = trial.spec().plannedSteps() / divisor;
        if (branch(trial, divisor) != null
                || RunFork.savedUpTo(trial.folder(), step).orElse(-1) != step) {
            return; // a trial that was ended, failed, or recovers on a branch of its own is not judged
        }
        TrialState branch = state(trial, step);
        RunFork.make(branch.spec().preparation(), trial.folder(), step, branch.folder(), clock);
        branch.reread();
        put(trial, divisor, branch);
    }

    private void put(TrialState trial, int divisor, TrialState branch) {
        branches.computeIfAbsent(trial, any -> new LinkedHashMap<>()).put(divisor, branch);
        board.cools(trial, branch);
    }

    private @org.jspecify.annotations.Nullable TrialState branch(TrialState trial, int divisor) {
        return branches.getOrDefault(trial, Map.of()).get(divisor);
    }

    /** The branch of a trial as a run of its own; its folder may be there or not. */
    private static TrialState state(TrialState trial, long step) {
        TrialSpec spec = trial.spec();
        Preparation begun = TrialRunner.preparation(trial, 1);
        long cooldown = Math.max(1, step / 5);
        Map<String, List<String>> changes = new LinkedHashMap<>();
        changes.put("train.steps", List.of(Long.toString(step + cooldown)));
        changes.put("schedule.wsd_decay", List.of(Long.toString(cooldown)));
        LrSchedule schedule = begun.plan().schedule();
        if (!(schedule instanceof Sloped)) {
            changes.put("schedule.warmup", List.of(Long.toString(schedule.warmup())));
        }
        RunConfig config = begun.config().withGiven(changes);
        String name = spec.name() + "-cooldown-" + step;
        return new TrialState(
                new TrialSpec(name, spec.lr(), spec.value(), spec.seed(), spec.origin(), begun.again(config)),
                trial.folder().resolveSibling(name));
    }

    /** Whether the rate of a trial is the peak at a step, has been reached, and does not fall yet. */
    private static boolean stays(TrialState trial, long step) {
        LrSchedule schedule = trial.spec().preparation().plan().schedule();
        return schedule.curve() instanceof WarmupStableDecay wsd
                && step >= Math.max(1, wsd.warmup())
                && step <= wsd.steps() - wsd.decay();
    }

    /** What a rate came to after a cooldown. */
    private record Cooled(String value, double metric) {}

    /** Ends those of the trials whose value is not among the better half of all that were cooled at this part of a run. */
    private void decide(List<TrialState> trials, int divisor) {
        StopMetric metric = board.pruned();
        Comparator<Cooled> order = Comparator.comparingDouble(Cooled::metric);
        List<Cooled> ranked = new ArrayList<>();
        for (String value : board.all().stream()
                .map(trial -> trial.spec().value())
                .distinct()
                .toList()) {
            List<TrialState> cooled = board.all().stream()
                    .filter(trial -> trial.spec().value().equals(value) && branch(trial, divisor) != null)
                    .toList();
            if (!cooled.isEmpty()) {
                ranked.add(new Cooled(value, mean(cooled, divisor, metric)));
            }
        }
        // what is not finite comes last, whatever the direction
        ranked.sort(Comparator.comparing((Cooled one) -> !Double.isFinite(one.metric()))
                .thenComparing(metric.higherIsBetter() ? order.reversed() : order));
        int kept = (ranked.size() + 1) / 2;
        if (ranked.isEmpty()) {
            return;
        }
        Cooled last = ranked.get(kept - 1);
        for (Cooled loser : ranked.subList(kept, ranked.size())) {
            for (TrialState trial : trials) {
                if (trial.spec().value().equals(loser.value())
                        && !trial.status().isOver()) {
                    long step = trial.spec().plannedSteps() / divisor;
                    runner.end(
                            trial,
                            step,
                            "Cooled down from step " + step + " its " + metric.word() + " is "
                                    + Numbers.text(loser.metric()) + ", and " + Numbers.text(last.metric()) + " ("
                                    + last.value() + ") is the last of the better half, " + kept + " of "
                                    + ranked.size() + ".");
                }
            }
        }
    }

    /** Over the seeds of a value; not finite where one of them came to no end. */
    private double mean(List<TrialState> trials, int divisor, StopMetric metric) {
        return trials.stream()
                .map(trial -> branches.getOrDefault(trial, Map.of()).get(divisor))
                .mapToDouble(branch -> branch != null && branch.status() == SweepTrial.Status.FINISHED
                        ? branch.last(metric)
                        : Double.NaN)
                .average()
                .orElse(Double.NaN);
    }
}
