package dev.stride.train;

import dev.stride.config.Guard;
import dev.stride.config.Numbers;
import dev.stride.config.PlateauConfig;
import dev.stride.config.RunConfig;
import dev.stride.config.StopMetric;
import dev.stride.data.DataLoader;
import dev.stride.data.DataPosition;
import dev.stride.distributed.Ranks;
import dev.stride.experiment.BranchEvent;
import dev.stride.experiment.EventSink;
import dev.stride.experiment.NoteEvent;
import dev.stride.experiment.RunBranch;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.VerdictEvent;
import dev.stride.metrics.PairedBootstrap;
import dev.stride.monitor.BranchPlan;
import dev.stride.monitor.GainTest;
import dev.stride.monitor.GuardSettings;
import dev.stride.monitor.Monitor;
import dev.stride.monitor.NonFiniteStop;
import dev.stride.monitor.PlateauCut;
import dev.stride.monitor.RecoveryPolicy;
import dev.stride.schedule.Cooldown;
import dev.stride.schedule.LrSchedule;
import dev.stride.schedule.ReducedOnPlateau;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Trains the branches of a run one after the other: the main one, and every recovery that starts again from the best
 * checkpoint.
 */
final class Branches {
    private static final int RESAMPLES = 2000;

    private final Preparation preparation;
    private final TrainStep step;
    private final StopMetric goal;
    private final Watch watch;
    private final MovedWeights moved;
    private final LossScale lossScale;
    private final Validation validation;
    private final Saver saver;
    private final EventSink sink;
    private final LiveFeed callback;
    private final Wishes wishes;
    private final Ranks ranks;
    private final NonFiniteStop guard = new NonFiniteStop();
    private final RecoveryPolicy policy;
    private final DataLoader loader;

    Branches(
            Preparation preparation,
            TrainStep step,
            GuardSettings guards,
            List<? extends Monitor> more,
            MovedWeights moved,
            LossScale lossScale,
            Validation validation,
            Saver saver,
            EventSink sink,
            LiveFeed callback,
            Wishes wishes,
            Ranks ranks) {
        this.wishes = wishes;
        this.ranks = ranks;
        this.preparation = preparation;
        this.step = step;
        this.goal = guards.metrics().get(0);
        this.watch = watch(preparation, guards, more);
        this.policy = guards.recoveryPolicy();
        this.moved = moved;
        this.lossScale = lossScale;
        this.validation = validation;
        this.saver = saver;
        this.sink = sink;
        this.callback = callback;
        this.loader = new DataLoader(preparation.train().tokens(), preparation.loaderSettings(ranks.env()));
    }

    /** Trains from where {@code progress} stands to the end of the last branch, or until {@code interrupted} says so. */
    RunResult train(Progress start, BooleanSupplier interrupted) {
        Progress progress = start;
        if (!progress.recovery().isEmpty()) {
            policy.restore(progress.recovery());
        }
        // a finished run that is resumed has nothing to do, and nothing to say again
        boolean isOver = progress.step() == length(progress) && !progress.evaluationOwed();
        boolean isNewBranch = false;
        while (true) {
            Trainer.Ending ending = branch(progress, isNewBranch, interrupted);
            if (ending.kind() == Trainer.Ending.Kind.INTERRUPTED) {
                return result(progress, RunResult.Status.INTERRUPTED, ending.reason());
            }
            if (ending.kind() == Trainer.Ending.Kind.FINISHED) {
                progress.finishedBranch();
            }
            if (policy.next() != null) {
                policy.finished(progress.branchBest());
            }
            Progress next = next(progress, ending);
            if (next == null) {
                Progress last = progress;
                wishes.refuseRest("the run has ended", text -> note(last, text));
                return result(
                        progress,
                        progress.hasFinishedBranch() ? RunResult.Status.FINISHED : RunResult.Status.STOPPED,
                        ending.reason() + chosen(progress, isNewBranch || !isOver));
            }
            progress = next;
            isNewBranch = true;
        }
    }

    /** The start of the branch to train next: weights, moments and monitors are those of its checkpoint again. */
    private @Nullable Progress next(Progress ended, Trainer.Ending ending) {
        RunResult.Best best = ended.best();
        BranchPlan plan = policy.next();
        String from = ended.branch().from();
        boolean begins = plan == null && ending.kind() == Trainer.Ending.Kind.RECOVER && policy.mayBegin();
        if (begins) {
            from = best == null ? "" : best.checkpoint();
        } else if (plan == null) {
            return null;
        }
        Optional<Path> folder = saver.onDisk(from);
        if (best == null || folder.isEmpty()) {
            note(ended, "No recovery is tried: the best checkpoint " + from + " is not kept.");
            return null;
        }
        DataPosition tried = loader.position();
        Progress restored = saver.restore(folder.get());
        if (begins) {
            plan = policy.begin(new RecoveryPolicy.Stopped(
                            best.step(),
                            best.value(),
                            restored.branch().factor(),
                            preparation.plan().updates().value()))
                    .get(0);
        }
        BranchPlan next = Objects.requireNonNull(plan);
        boolean cools = next.kind() == BranchPlan.Kind.COOLDOWN;
        Progress.Branch branch = new Progress.Branch(
                next.name(),
                ended.branch().ordinal() + 1,
                from,
                next.factor(),
                cools ? restored.step() : -1,
                restored.step() + next.updates());
        String parent = restored.branch().name();
        restored.enter(branch, tried, best);
        restored.recovery(policy.state());
        if (ended.hasFinishedBranch()) {
            restored.finishedBranch();
        }
        saver.enter(next.name());
        emit(new BranchEvent(
                restored.step(), next.name(), parent, next.factor(), next.reason(), cools ? next.updates() : 0));
        return restored;
    }

    /** Which branch did best, where there were several. */
    private String chosen(Progress progress, boolean isNews) {
        RunResult.Best best = progress.best();
        if (progress.branch().isMain() || best == null) {
            return "";
        }
        String said = "Of the run and its recoveries, " + RunBranch.ofCheckpoint(best.checkpoint()) + " did best: "
                + best.metric() + " " + Numbers.text(best.value()) + " at step " + best.step();
        if (isNews) {
            emit(new VerdictEvent(progress.step(), "recovery", "keep", said));
        }
        return ". " + said;
    }

    private void note(Progress progress, String text) {
        emit(new NoteEvent(progress.step(), text));
    }

    private void emit(RunEvent event) {
        sink.write(event);
        callback.event(event);
    }

    private Trainer.Ending branch(Progress progress, boolean isNewBranch, BooleanSupplier interrupted) {
        RunConfig config = preparation.config();
        if (progress.position() != null) {
            loader.restore(progress.position());
            guard.restore(progress.badInARow());
            lossScale.restore(progress.lossScale(), progress.sinceOverflow());
            watch.restore(progress.monitors());
        }
        LrSchedule plan = preparation.plan().schedule();
        Progress.Branch branch = progress.branch();
        LrSchedule schedule =
                branch.cooldownFrom() < 1 ? plan : new Cooldown(plan, branch.cooldownFrom(), branch.steps());
        Trainer.Cadences cadences = new Trainer.Cadences(
                length(progress),
                preparation.plan().updatesPerEpoch(),
                schedule.warmup(),
                config.train().evalEvery(),
                config.train().saveEvery());
        Trainer.Parts parts = new Trainer.Parts(
                step,
                new LrController(schedule, step.groups()),
                loader,
                guard,
                watch,
                goal,
                moved,
                lossScale,
                validation,
                saver,
                sink,
                wishes,
                ranks);
        callback.branch(branch.name(), progress.step(), length(progress));
        return new Trainer(parts, cadences, progress, isNewBranch, callback).run(interrupted);
    }

    /** Updates at the end of the branch. */
    private long length(Progress progress) {
        Progress.Branch branch = progress.branch();
        return branch.isMain() ? preparation.plan().updates().value() : branch.steps();
    }

    private RunResult result(Progress progress, RunResult.Status status, String reason) {
        Map<String, Double> last = new LinkedHashMap<>();
        if (Double.isFinite(progress.lastLoss())) {
            last.put("train_loss", progress.lastLoss());
        }
        last.putAll(progress.lastScores());
        return new RunResult(status, progress.step(), saver.onDisk(progress.best()), last, reason);
    }

    /** The monitors that the configuration asks for, and then some more. */
    private static Watch watch(Preparation preparation, GuardSettings guards, List<? extends Monitor> more) {
        RunConfig config = preparation.config();
        List<Monitor> monitors = new ArrayList<>(guards.stepMonitors());
        if (guards.isOn(Guard.EARLY_STOP)) {
            PairedBootstrap bootstrap = new PairedBootstrap(config.train().seed(), RESAMPLES);
            monitors.add(guards.earlyStop((before, now) -> {
                PairedBootstrap.Result result = bootstrap.compare(before, now);
                return new GainTest.Gain(result.mean(), result.noGain());
            }));
        }
        if (preparation.plan().schedule().curve() instanceof ReducedOnPlateau plateau) {
            PlateauConfig rule = plateau.rule();
            monitors.add(new PlateauCut(
                    new PlateauCut.Settings(
                            guards.metrics().get(0),
                            rule.convention(),
                            rule.patience(),
                            rule.factor(),
                            rule.threshold(),
                            0,
                            plateau.minimum(),
                            PlateauCut.Settings.EPS),
                    plateau.peak()));
        }
        monitors.addAll(more);
        return new Watch(monitors);
    }
}
