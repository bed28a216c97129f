package dev.stride.sweep;

import dev.stride.config.StopMetric;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.EventReader;
import dev.stride.experiment.EventSink;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.RunRecord;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.RunStore;
import dev.stride.experiment.StepEvent;
import dev.stride.experiment.VerdictEvent;
import dev.stride.search.SweepTrial;
import dev.stride.search.TrialCurve;
import dev.stride.train.RunFork;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where one trial of a sweep stands. All of it can be read from the run's folder again, so a sweep that was killed loses
 * nothing but what its trials lose.
 */
final class TrialState {
    /** What the rules that end trials are called in a run's events. */
    static final String PRUNER = "pruner";

    private final TrialSpec spec;
    private final Path folder;
    private SweepTrial.Status status = SweepTrial.Status.WAITING;
    private long steps;
    private double seconds;
    private String reason = "";
    private final TreeMap<Long, Map<String, Double>> evaluations = new TreeMap<>();
    private final Set<Long> asked = new HashSet<>();
    private SweepTrial.@Nullable Best best;
    private boolean pruned;
    private long judgedBehind;
    private @Nullable RunFork fork;

    /** A trial whose run lies in a folder of a sweep's, or is to. */
    TrialState(TrialSpec spec, Path folder) {
        this.spec = spec;
        this.folder = folder;
        reread();
    }

    TrialSpec spec() {
        return spec;
    }

    Path folder() {
        return folder;
    }

    SweepTrial.Status status() {
        return status;
    }

    long steps() {
        return steps;
    }

    /** Whether its run was begun. */
    boolean exists() {
        return Files.isRegularFile(folder.resolve(RunStore.CONFIG));
    }

    void running() {
        status = SweepTrial.Status.RUNNING;
        reason = "";
    }

    /** It ended by an error before there was a run to read. */
    void failed(String why) {
        status = SweepTrial.Status.FAILED;
        reason = why;
    }

    /** A sweep that goes on tries again what failed when it was last under way: a lost machine may be back. */
    void triedAgain() {
        if (status == SweepTrial.Status.FAILED) {
            status = SweepTrial.Status.INTERRUPTED;
        }
    }

    /** Ends its run, which is held, as a rule that looks on would have. */
    void end(long step, String why, InstantSource clock) {
        try (RunStore store = RunStore.resume(folder)) {
            RunResult held = EventReader.read(folder).result();
            try (EventSink sink = store.openSink(step, clock)) {
                sink.write(new VerdictEvent(step, PRUNER, "stop", why));
            }
            store.writeResult(new RunResult(
                    RunResult.Status.STOPPED,
                    step,
                    held == null ? null : held.best(),
                    held == null ? Map.of() : held.finalValues(),
                    why));
        }
    }

    /** Up to this evaluation, and at it, the rules compare it with no other trial. */
    void judgedBehind(long evaluation) {
        judgedBehind = evaluation;
    }

    /** Whether the rules compare its latest evaluation with those of the others. */
    boolean isCompared() {
        return evaluatedUpTo() > judgedBehind;
    }

    /** The update of its latest evaluation; 0 where there is none. */
    long evaluatedUpTo() {
        return evaluations.isEmpty() ? 0 : evaluations.lastKey();
    }

    /** Takes in what happened in its run. */
    void event(RunEvent event) {
        if (event instanceof StepEvent step) {
            steps = step.step();
            // what it took over was trained once, by another
            seconds += fork != null && step.step() <= fork.step() ? 0 : step.seconds();
        } else if (event instanceof EvalEvent eval) {
            Map<String, Double> values = new LinkedHashMap<>();
            values.put(StopMetric.LOSS.word(), eval.loss());
            values.putAll(eval.scores());
            evaluations.put(eval.step(), values);
            if (eval.asked()) {
                asked.add(eval.step());
            } else {
                asked.remove(eval.step());
            }
            seconds += fork != null && eval.step() < fork.step() ? 0 : eval.seconds();
        } else if (event instanceof VerdictEvent verdict && verdict.monitor().equals(PRUNER)) {
            pruned = true;
            reason = verdict.reason();
        }
    }

    /** Reads everything from the run's folder. */
    void reread() {
        if (!Files.isRegularFile(folder.resolve(RunStore.EVENTS))) {
            return;
        }
        fork = RunFork.read(folder);
        RunRecord record = EventReader.read(folder);
        evaluations.clear();
        asked.clear();
        seconds = 0;
        steps = 0;
        pruned = false;
        record.events().forEach(this::event);
        RunResult result = record.result();
        VerdictEvent stop = personsStop(record);
        if (stop != null && (result == null || result.status() == RunResult.Status.INTERRUPTED)) {
            status = SweepTrial.Status.STOPPED;
            reason = stop.reason();
            return;
        }
        if (result == null) {
            status = SweepTrial.Status.INTERRUPTED;
            return;
        }
        if (!pruned) {
            reason = result.status() == RunResult.Status.FINISHED ? "" : result.reason();
        }
        status = switch (result.status()) {
            case FINISHED -> SweepTrial.Status.FINISHED;
            case STOPPED -> pruned ? SweepTrial.Status.PRUNED : SweepTrial.Status.STOPPED;
            case FAILED -> SweepTrial.Status.FAILED;
            case INTERRUPTED -> SweepTrial.Status.INTERRUPTED;
        };
        RunResult.Best found = result.best();
        best = found == null ? null : new SweepTrial.Best(found.step(), found.metric(), found.value());
    }

    /** What a person said who ended the run; null where nobody did, or somebody went on with it. */
    private static @Nullable VerdictEvent personsStop(RunRecord record) {
        List<RunEvent> events = record.events();
        return !events.isEmpty() && events.get(events.size() - 1) instanceof VerdictEvent last && last.isPersonsStop()
                ? last
                : null;
    }

    /** Its validation as the rules that end trials see it: without what was evaluated because a person asked for it. */
    TrialCurve curve(StopMetric metric) {
        List<TrialCurve.Evaluation> points = new ArrayList<>();
        evaluations.forEach((step, values) -> {
            if (step > 0 && !asked.contains(step)) {
                points.add(new TrialCurve.Evaluation(step, values.getOrDefault(metric.word(), Double.NaN)));
            }
        });
        return new TrialCurve(
                spec.name(),
                spec.preparation().plan().schedule(),
                metric.higherIsBetter(),
                spec.plannedSteps(),
                points);
    }

    /** Where it left another one; null where it began by itself. */
    @Nullable
    RunFork fork() {
        return fork;
    }

    /** A metric at the last evaluation; NaN where there is none. */
    double last(StopMetric metric) {
        return evaluations.isEmpty()
                ? Double.NaN
                : Objects.requireNonNull(evaluations.lastEntry()).getValue().getOrDefault(metric.word(), Double.NaN);
    }

    /** The state for {@code sweep.json}. */
    SweepTrial toTrial() {
        return toTrial(List.of());
    }

    SweepTrial toTrial(List<SweepTrial.Cooldown> cooldowns) {
        return new SweepTrial(
                spec.name(),
                "trials/" + spec.name(),
                spec.lr(),
                spec.value(),
                spec.seed(),
                status,
                steps,
                spec.plannedSteps(),
                reason,
                evaluations.isEmpty()
                        ? Map.of()
                        : Objects.requireNonNull(evaluations.lastEntry()).getValue(),
                best,
                spec.origin(),
                fork == null ? null : new SweepTrial.Fork(fork.from(), fork.step()),
                Math.round(seconds * 10) / 10.0,
                cooldowns);
    }
}
