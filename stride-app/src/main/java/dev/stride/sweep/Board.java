package dev.stride.sweep;

import dev.stride.config.PruneRule;
import dev.stride.config.StopMetric;
import dev.stride.experiment.AtomicFile;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.RunEvent;
import dev.stride.monitor.EvaluationSeen;
import dev.stride.monitor.Monitor;
import dev.stride.monitor.Verdict;
import dev.stride.search.Decision;
import dev.stride.search.HalvingPruner;
import dev.stride.search.LossLawPruner;
import dev.stride.search.MedianPruner;
import dev.stride.search.Pruner;
import dev.stride.search.Rung;
import dev.stride.search.SweepResult;
import dev.stride.search.SweepSettings;
import dev.stride.search.SweepTrial;
import dev.stride.search.TrialCurve;
import dev.stride.train.RunFork;
import dev.stride.train.TrainCallback;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** All trials of a sweep as they stand, and {@code sweep.json}, which is written whenever one of them changes. */
final class Board {
    private final Path folder;
    private final SweepPlan plan;
    private final SweepSettings settings;
    private final StopMetric pruned;
    private final @Nullable Pruner pruner;
    private final Map<String, TrialState> trials = new LinkedHashMap<>();
    private @Nullable SweepResult judged;
    private final Map<TrialState, List<TrialState>> cooldowns = new HashMap<>();

    Board(Path folder, SweepPlan plan) {
        this.folder = folder;
        this.plan = plan;
        this.settings = plan.settings();
        this.pruned = plan.pruned();
        this.pruner = plan.asked().sweep().trunk() ? null : pruner(plan, pruned);
    }

    private static @Nullable Pruner pruner(SweepPlan plan, StopMetric metric) {
        long seed = plan.asked().train().seed();
        PruneRule rule = plan.asked().sweep().prune();
        return switch (rule) {
            case OFF -> null;
            case HALVING -> new HalvingPruner(2, 1.0 / 8);
            case MEDIAN -> new MedianPruner(2);
            case LAW -> new LossLawPruner(0.05, 3, seed);
            case AUTO -> metric == StopMetric.LOSS ? Pruner.recommended(seed) : new HalvingPruner(2, 1.0 / 8);
        };
    }

    /** Takes trials in; what their folders hold already is read. */
    synchronized List<TrialState> add(List<TrialSpec> specs) {
        List<TrialState> added = new ArrayList<>();
        for (TrialSpec spec : specs) {
            TrialState state = new TrialState(spec, folder.resolve("trials").resolve(spec.name()));
            state.triedAgain();
            trials.put(spec.name(), state);
            added.add(state);
        }
        write();
        return added;
    }

    synchronized List<TrialState> all() {
        return List.copyOf(trials.values());
    }

    /** Takes in branches that were cooled down; they are no trials. */
    synchronized void cools(TrialState trial, TrialState cooldown) {
        cooldowns.computeIfAbsent(trial, any -> new ArrayList<>()).add(cooldown);
        write();
    }

    /** Whose values decide who goes on. */
    StopMetric pruned() {
        return pruned;
    }

    /** Where trials wait for each other to be judged; nowhere without rules that end trials. */
    List<Rung> rungs() {
        return pruner == null ? List.of() : pruner.rungs();
    }

    /** What the rules say of a trial; nothing where none is asked for. */
    List<Monitor> monitors(TrialState trial) {
        Pruner rule = pruner;
        return rule == null
                ? List.of()
                : List.of(new PruningMonitor(() -> curve(trial), curve -> decide(rule, trial, curve)));
    }

    /** Why the rules end a trial by its evaluation of an update, which a process elsewhere made; null where they do not. */
    @Nullable
    String prunes(TrialState trial, long step) {
        for (Monitor monitor : monitors(trial)) {
            if (monitor.evaluated(new EvaluationSeen(step, Map.of(), List.of(), false)) instanceof Verdict.Stop stop) {
                return stop.reason();
            }
        }
        return null;
    }

    /** Its validation so far. */
    synchronized TrialCurve curve(TrialState trial) {
        return trial.curve(pruned);
    }

    private synchronized Decision decide(Pruner rule, TrialState trial, TrialCurve curve) {
        return trial.isCompared()
                ? rule.decide(curve, others(trial).stream().map(this::curve).toList())
                : rule.alone(curve);
    }

    /** What the rules say of a trial at a rung, by what these trials had there. */
    synchronized Decision at(Rung rung, TrialState trial, List<TrialState> waiting) {
        return Objects.requireNonNull(pruner)
                .decide(
                        rung.at(curve(trial)),
                        others(trial).stream()
                                .map(other -> waiting.contains(other) ? rung.at(curve(other)) : curve(other))
                                .toList());
    }

    /** Seeds of one rate are compared with each other at the end, and never end each other. */
    private List<TrialState> others(TrialState trial) {
        return trials.values().stream()
                .filter(other -> other != trial
                        && !other.spec().value().equals(trial.spec().value()))
                .toList();
    }

    /** Tells the board of a trial's events, and then somebody else. */
    TrainCallback watched(TrialState trial, TrainCallback then) {
        return new TrainCallback() {
            @Override
            public void event(RunEvent event) {
                synchronized (Board.this) {
                    trial.event(event);
                    if (event instanceof EvalEvent) {
                        write();
                    }
                }
                then.event(event);
            }

            @Override
            public void progress(String what, long done, long total) {
                then.progress(what, done, total);
            }
        };
    }

    synchronized void running(TrialState trial) {
        trial.running();
        write();
    }

    /** Reads what a run's folder holds, which is new. */
    synchronized void forked(TrialState trial) {
        trial.reread();
        write();
    }

    /** Reads how a trial ended. */
    synchronized void ended(TrialState trial, @Nullable Throwable failure) {
        trial.reread();
        if (failure != null && trial.status() != SweepTrial.Status.FAILED) {
            trial.failed(failure.getMessage() == null ? failure.toString() : failure.getMessage());
        }
        write();
    }

    /** Takes in what was found of the sweep as it stands. */
    synchronized void answered(SweepResult found) {
        judged = found;
        write();
    }

    /** The sweep as it stands. */
    synchronized SweepResult result() {
        List<SweepTrial> list = trials.values().stream()
                .map(trial -> trial.toTrial(cooldowns(trial)))
                .toList();
        long grid = list.stream().mapToLong(SweepTrial::plannedSteps).sum();
        long byPruning = list.stream()
                .filter(trial -> trial.status() == SweepTrial.Status.PRUNED)
                .mapToLong(trial -> trial.plannedSteps() - trial.steps())
                .sum();
        long byPrefix = taken(trials.values().stream());
        long made = list.stream().mapToLong(SweepTrial::steps).sum() - byPrefix;
        List<TrialState> cooled =
                cooldowns.values().stream().flatMap(List::stream).toList();
        made += cooled.stream().mapToLong(TrialState::steps).sum() - taken(cooled.stream());
        long byTrunk = taken(cooled.stream().filter(branch -> branch.status() == SweepTrial.Status.FINISHED));
        Map<String, Long> saved = new LinkedHashMap<>();
        saved.put("pruning", byPruning);
        saved.put("prefix", byPrefix);
        saved.put("trunk", byTrunk);
        saved.values().removeIf(count -> count == 0);
        SweepResult now = new SweepResult(
                SweepResult.Vary.values()[plan.asked().sweep().vary().ordinal()],
                plan.metric(),
                plan.weights(),
                settings,
                list,
                new SweepResult.Updates(made, grid, saved),
                plan.warnings());
        SweepResult found = judged;
        return found == null
                ? now
                : now.withTrials(found.trials())
                        .withCourse(found.course())
                        .with(found.basin(), found.answer(), found.people(), found.warnings());
    }

    /** Updates that runs took over from others. */
    private static long taken(Stream<TrialState> runs) {
        return runs.map(TrialState::fork)
                .filter(Objects::nonNull)
                .mapToLong(RunFork::step)
                .sum();
    }

    private List<SweepTrial.Cooldown> cooldowns(TrialState trial) {
        return cooldowns.getOrDefault(trial, List.of()).stream()
                .map(branch -> new SweepTrial.Cooldown(
                        "trials/" + branch.spec().name(),
                        branch.fork() == null ? 0 : branch.fork().step(),
                        branch.spec().plannedSteps(),
                        branch.last(pruned)))
                .toList();
    }

    private void write() {
        AtomicFile.write(folder.resolve(SweepResult.FILE), result().toText());
    }
}
