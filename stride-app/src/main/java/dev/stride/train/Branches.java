package dev.stride.train;

import dev.stride.config.RunConfig;
import dev.stride.data.DataLoader;
import dev.stride.experiment.EventSink;
import dev.stride.experiment.RunResult;
import dev.stride.monitor.NonFiniteStop;
import dev.stride.schedule.Cooldown;
import dev.stride.schedule.LrSchedule;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Trains the branches of a run one after the other: the main one, and every recovery that starts again from the best
 * checkpoint.
 */
final class Branches {
    private final Preparation preparation;
    private final TrainStep step;
    private final Goal goal;
    private final Watch watch;
    private final MovedWeights moved;
    private final LossScale lossScale;
    private final Validation validation;
    private final Saver saver;
    private final EventSink sink;
    private final TrainCallback callback;
    private final NonFiniteStop guard = new NonFiniteStop();
    private final DataLoader loader;

    Branches(
            Preparation preparation,
            TrainStep step,
            Goal goal,
            Watch watch,
            MovedWeights moved,
            LossScale lossScale,
            Validation validation,
            Saver saver,
            EventSink sink,
            TrainCallback callback) {
        this.preparation = preparation;
        this.step = step;
        this.goal = goal;
        this.watch = watch;
        this.moved = moved;
        this.lossScale = lossScale;
        this.validation = validation;
        this.saver = saver;
        this.sink = sink;
        this.callback = callback;
        this.loader = new DataLoader(preparation.train().tokens(), preparation.loaderSettings());
    }

    /** Trains from where {@code progress} stands to the end of the last branch, or until {@code interrupted} says so. */
    RunResult train(Progress progress, BooleanSupplier interrupted) {
        Trainer.Ending ending = branch(progress, interrupted);
        RunResult.Status status = switch (ending.kind()) {
            case FINISHED -> RunResult.Status.FINISHED;
            case STOPPED, RECOVER -> RunResult.Status.STOPPED;
            case INTERRUPTED -> RunResult.Status.INTERRUPTED;
        };
        return result(progress, status, ending.reason());
    }

    private Trainer.Ending branch(Progress progress, BooleanSupplier interrupted) {
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
                branch.cooldownFrom() < 0 ? plan : new Cooldown(plan, branch.cooldownFrom(), branch.steps());
        Trainer.Cadences cadences = new Trainer.Cadences(
                branch.isMain() ? preparation.plan().updates().value() : (Long) branch.steps(),
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
                sink);
        return new Trainer(parts, cadences, progress, callback).run(interrupted);
    }

    private RunResult result(Progress progress, RunResult.Status status, String reason) {
        Map<String, Double> last = new LinkedHashMap<>();
        if (Double.isFinite(progress.lastLoss())) {
            last.put("train_loss", progress.lastLoss());
        }
        last.putAll(progress.lastScores());
        return new RunResult(status, progress.step(), saver.onDisk(progress.best()), last, reason);
    }
}
