package dev.stride.train;

import dev.stride.config.Cadence;
import dev.stride.data.DataLoader;
import dev.stride.data.Update;
import dev.stride.experiment.EventSink;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.SaveEvent;
import dev.stride.experiment.SkipEvent;
import dev.stride.experiment.StepEvent;
import dev.stride.experiment.VerdictEvent;
import dev.stride.monitor.NonFiniteStop;
import dev.stride.monitor.Verdict;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;

/**
 * The one training loop: full tuning and LoRA differ in what trains, not here.
 *
 * <p>A step is one optimizer update, counted from 1. Batches whose update was not made do not count, so the schedule
 * always runs to its end.
 */
final class Trainer {
    private final Parts parts;
    private final Cadences cadences;
    private final Progress progress;
    private final TrainCallback callback;
    private boolean saved;

    /** What the loop drives. */
    record Parts(
            TrainStep step,
            LrController controller,
            DataLoader loader,
            NonFiniteStop guard,
            LossScale lossScale,
            Validation validation,
            Saver saver,
            EventSink sink) {}

    /** How long the run is, and after which updates it is measured and saved. */
    record Cadences(long totalSteps, long updatesPerEpoch, Cadence eval, Cadence save) {}

    /** A loop from where {@code progress} stands. */
    Trainer(Parts parts, Cadences cadences, Progress progress, TrainCallback callback) {
        this.parts = parts;
        this.cadences = cadences;
        this.progress = progress;
        this.callback = callback;
    }

    /** Trains to the end, to a stop by a guard, or until {@code interrupted} says so between two updates. */
    RunResult run(BooleanSupplier interrupted) {
        while (progress.step() < cadences.totalSteps() || progress.evaluationOwed()) {
            if (interrupted.getAsBoolean()) {
                if (!saved) {
                    save();
                }
                return result(
                        RunResult.Status.INTERRUPTED,
                        "interrupted after step " + progress.step()
                                + "; the state is saved and --resume goes on from there");
            }
            if (!progress.evaluationOwed()) {
                Verdict verdict = step();
                if (verdict instanceof Verdict.Stop stop) {
                    emit(new VerdictEvent(progress.step() + 1, NonFiniteStop.NAME, "stop", stop.reason()));
                    save();
                    return result(RunResult.Status.STOPPED, stop.reason());
                }
                if (!(verdict instanceof Verdict.Proceed)) {
                    continue;
                }
                progress.oweEvaluation(cadences.eval().isDue(progress.step(), cadences.updatesPerEpoch())
                        || progress.step() == cadences.totalSteps());
            }
            long step = progress.step();
            boolean improved = false;
            if (progress.evaluationOwed()) {
                try {
                    improved = evaluate(interrupted);
                } catch (EvaluationLeft interruption) {
                    continue;
                }
                progress.oweEvaluation(false);
            }
            if (improved || cadences.save().isDue(step, cadences.updatesPerEpoch()) || step == cadences.totalSteps()) {
                save();
            }
        }
        return result(RunResult.Status.FINISHED, "all " + cadences.totalSteps() + " updates were made");
    }

    private Verdict step() {
        saved = false;
        long start = System.nanoTime();
        long number = progress.step() + 1;
        Update update = parts.loader().next();
        TrainStep.Gradients gradients =
                parts.step().gradients(update.microBatches(), Math.max(1, update.trainedTokens()), number);
        if (parts.lossScale().isDynamic()
                && update.trainedTokens() > 0
                && !gradients.isFinite()
                && parts.lossScale().value() > 1) {
            parts.step().discard();
            parts.lossScale().overflowed();
            String reason = "float16 gradients overflowed; the loss scale is halved to "
                    + parts.lossScale().value();
            emit(new SkipEvent(number, reason));
            return new Verdict.SkipUpdate(reason);
        }
        Verdict verdict = parts.guard().judge(update.trainedTokens(), gradients.loss(), gradients.gradientNorm());
        if (!(verdict instanceof Verdict.Proceed)) {
            parts.step().discard();
            if (verdict instanceof Verdict.SkipUpdate skip) {
                emit(new SkipEvent(number, skip.reason()));
            }
            return verdict;
        }
        Map<String, Double> rates = parts.controller().rates(number);
        parts.step().update(rates, gradients.gradientNorm());
        progress.madeStep(gradients.loss());
        double seconds = (System.nanoTime() - start) / 1e9;
        double speed = update.trainedTokens() / seconds;
        double epoch = (double) number / cadences.updatesPerEpoch();
        emit(new StepEvent(
                number,
                gradients.loss(),
                rates,
                gradients.gradientNorm(),
                update.trainedTokens(),
                seconds,
                speed,
                epoch));
        return verdict;
    }

    /** Whether this was the best evaluation so far, so that its checkpoint is worth keeping. */
    private boolean evaluate(BooleanSupplier interrupted) {
        TrainCallback leaving = new TrainCallback() {
            @Override
            public void progress(String what, long done, long total) {
                callback.progress(what, done, total);
                if (interrupted.getAsBoolean()) {
                    throw new EvaluationLeft();
                }
            }
        };
        Map<String, Double> scores = parts.validation().run(progress.step(), this::emit, parts.sink(), leaving);
        if (scores.isEmpty()) {
            return false;
        }
        progress.evaluated(scores);
        double loss = Objects.requireNonNull(scores.get(Validation.LOSS));
        RunResult.Best best = progress.best();
        if (!Double.isFinite(loss) || (best != null && loss >= best.value())) {
            return false;
        }
        progress.best(new RunResult.Best(
                progress.step(), Validation.LOSS, loss, parts.saver().path(progress.step())));
        return true;
    }

    private void save() {
        progress.gather(parts.loader().position(), parts.guard().badInARow(), parts.lossScale());
        String path = parts.saver().save(progress);
        emit(new SaveEvent(progress.step(), path));
        parts.sink().flush();
        saved = true;
    }

    /** An interruption in the middle of an evaluation: nothing of it is kept, and it is made again when the run goes on. */
    private static final class EvaluationLeft extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private void emit(RunEvent event) {
        parts.sink().write(event);
        callback.event(event);
    }

    private RunResult result(RunResult.Status status, String reason) {
        Map<String, Double> last = new LinkedHashMap<>();
        if (Double.isFinite(progress.lastLoss())) {
            last.put("train_loss", progress.lastLoss());
        }
        last.putAll(progress.lastScores());
        return new RunResult(status, progress.step(), parts.saver().onDisk(progress.best()), last, reason);
    }
}
