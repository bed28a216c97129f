package dev.stride.train;

import dev.stride.config.Cadence;
import dev.stride.config.Numbers;
import dev.stride.config.StopMetric;
import dev.stride.data.DataLoader;
import dev.stride.data.Update;
import dev.stride.distributed.Ranks;
import dev.stride.experiment.EventSink;
import dev.stride.experiment.NoteEvent;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.RunRequests;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.SaveEvent;
import dev.stride.experiment.SkipEvent;
import dev.stride.experiment.StepEvent;
import dev.stride.experiment.VerdictEvent;
import dev.stride.monitor.EvaluationSeen;
import dev.stride.monitor.NonFiniteStop;
import dev.stride.monitor.StepSeen;
import dev.stride.monitor.Verdict;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The one training loop, for one branch of a run: full tuning and LoRA differ in what trains, not here.
 *
 * <p>A step is one optimizer update, counted from 1. Batches whose update was not made do not count, so the schedule
 * always runs to its end. Monitors judge; what they say is done here, and only here.
 */
final class Trainer {
    private final Parts parts;
    private final Cadences cadences;
    private final Progress progress;
    private final boolean isNewBranch;
    private final LiveFeed callback;
    private RunRequests.@Nullable Asked evaluation;
    private boolean evaluationIsSaved;
    private boolean saved;

    /** What the loop drives. */
    record Parts(
            TrainStep step,
            LrController controller,
            DataLoader loader,
            NonFiniteStop guard,
            Watch watch,
            StopMetric goal,
            MovedWeights moved,
            LossScale lossScale,
            Validation validation,
            Saver saver,
            EventSink sink,
            Wishes wishes,
            Ranks ranks) {}

    /** How long the branch is, and after which updates it is measured and saved. */
    record Cadences(long totalSteps, long updatesPerEpoch, long warmup, Cadence eval, Cadence save) {}

    /** How a branch ended. */
    record Ending(Kind kind, String reason) {
        /** The kinds of end. */
        enum Kind {
            /** All its updates were made. */
            FINISHED,
            /** A monitor ended it for good. */
            STOPPED,
            /** A monitor asks for a recovery from the best checkpoint. */
            RECOVER,
            /** From outside; the state is saved. */
            INTERRUPTED
        }
    }

    /** Below this part of the plan's rates a person cannot halve them any more: such updates change nothing in float32. */
    private static final double LOWEST_SHARE = 0x1p-30;

    /** A loop from where {@code progress} stands; the first thing that a new branch does is to save its state. */
    Trainer(Parts parts, Cadences cadences, Progress progress, boolean isNewBranch, LiveFeed callback) {
        this.isNewBranch = isNewBranch;
        this.parts = parts;
        this.cadences = cadences;
        this.progress = progress;
        this.callback = callback;
        this.evaluationIsSaved = progress.evaluationAsked();
        setRate();
    }

    /** Trains to the end, to a verdict that ends the branch, or until {@code interrupted} says so between two updates. */
    Ending run(BooleanSupplier interrupted) {
        if (isNewBranch) {
            save(); // from here on the run goes on in this branch, whatever happens
        }
        while (progress.step() < cadences.totalSteps() || evaluates()) {
            if (parts.ranks().any(interrupted.getAsBoolean())) {
                if (!saved) {
                    save();
                }
                return new Ending(
                        Ending.Kind.INTERRUPTED,
                        "interrupted after step " + progress.step()
                                + "; the state is saved and --resume goes on from there");
            }
            Ending wished = heed();
            if (wished != null) {
                return wished;
            }
            if (!evaluates()) {
                Verdict verdict = step();
                if (verdict instanceof Verdict.Stop stop) {
                    save();
                    return new Ending(Ending.Kind.STOPPED, stop.reason());
                }
                if (verdict instanceof Verdict.Recover recover) {
                    return new Ending(Ending.Kind.RECOVER, recover.reason());
                }
                if (!(verdict instanceof Verdict.Proceed)) {
                    continue;
                }
                progress.oweEvaluation(cadences.eval().isDue(progress.step(), cadences.updatesPerEpoch())
                        || progress.step() == cadences.totalSteps());
            }
            long step = progress.step();
            Evaluated evaluated = Evaluated.NONE;
            boolean planned = true;
            if (evaluates()) {
                planned = progress.evaluationOwed();
                try {
                    evaluated = evaluate(interrupted, planned);
                } catch (EvaluationLeft interruption) {
                    continue;
                }
                progress.oweEvaluation(false);
                progress.askEvaluation(false);
            }
            if (evaluated.ending() != null && evaluated.ending().kind() == Ending.Kind.RECOVER) {
                // not saved: a run that is killed here makes this evaluation again, and decides the same
                return evaluated.ending();
            }
            boolean due = cadences.save().isDue(step, cadences.updatesPerEpoch()) || step == cadences.totalSteps();
            if (evaluated.improved() || evaluated.ending() != null || (planned && due) || evaluationIsSaved) {
                save();
            }
            evaluationIsDone();
            if (evaluated.ending() != null) {
                return evaluated.ending();
            }
        }
        return new Ending(Ending.Kind.FINISHED, "all " + cadences.totalSteps() + " updates were made");
    }

    private Verdict step() {
        saved = false;
        long start = System.nanoTime();
        long number = progress.step() + 1;
        Update update = parts.loader().next();
        TrainStep.Gradients gradients =
                parts.step().gradients(update.microBatches(), Math.max(1, update.trainedTokens()), number);
        Map<String, Double> rates = parts.controller().rates(number);
        Verdict verdict = judged(number, update.trainedTokens(), gradients, rates);
        if (!(verdict instanceof Verdict.Proceed)) {
            parts.step().discard();
            return verdict;
        }
        boolean measured = isMeasured(number);
        if (measured) {
            parts.moved().before();
        }
        parts.step().update(rates, gradients.gradientNorm());
        progress.madeStep(gradients.loss());
        double seconds = (System.nanoTime() - start) / 1e9;
        double moved = measured ? parts.moved().after() : Double.NaN;
        emit(new StepEvent(
                number,
                gradients.loss(),
                rates,
                gradients.gradientNorm(),
                update.trainedTokens(),
                seconds,
                update.trainedTokens() / seconds,
                (double) number / cadences.updatesPerEpoch(),
                moved));
        if (measured) {
            act(number, parts.watch().moved(number, moved));
        }
        return verdict;
    }

    /** What is to become of the gradients at hand, judged before any update is made with them. */
    private Verdict judged(long number, long tokens, TrainStep.Gradients gradients, Map<String, Double> rates) {
        if (parts.lossScale().isDynamic()
                && tokens > 0
                && !gradients.isFinite()
                && parts.lossScale().value() > 1) {
            parts.lossScale().overflowed();
            String reason = "float16 gradients overflowed; the loss scale is halved to "
                    + parts.lossScale().value();
            emit(new SkipEvent(number, reason));
            return new Verdict.SkipUpdate(reason);
        }
        Verdict verdict = parts.guard().judge(tokens, gradients.loss(), gradients.gradientNorm());
        if (verdict instanceof Verdict.SkipUpdate skip) {
            emit(new SkipEvent(number, skip.reason()));
        }
        if (verdict instanceof Verdict.Stop stop) {
            emit(new VerdictEvent(number, NonFiniteStop.NAME, "stop", stop.reason()));
        }
        if (!(verdict instanceof Verdict.Proceed)) {
            return verdict;
        }
        double lr =
                rates.values().stream().mapToDouble(Double::doubleValue).max().orElse(0);
        Ending ending = act(
                number,
                parts.watch()
                        .judge(new StepSeen(
                                number,
                                gradients.loss(),
                                gradients.gradientNorm(),
                                lr,
                                cadences.warmup(),
                                cadences.totalSteps())));
        if (ending == null) {
            return verdict;
        }
        return ending.kind() == Ending.Kind.RECOVER
                ? new Verdict.Recover(ending.reason())
                : new Verdict.Stop(ending.reason());
    }

    /** Early updates, and then every fiftieth, are looked at closely. */
    private static boolean isMeasured(long step) {
        return step <= 3 || step % 50 == 0;
    }

    /** What an evaluation led to. */
    private record Evaluated(boolean improved, @Nullable Ending ending) {
        static final Evaluated NONE = new Evaluated(false, null);
    }

    private boolean evaluates() {
        return progress.evaluationOwed() || progress.evaluationAsked();
    }

    /** Evaluates; what is not planned is kept from the rules, which count evaluations, but may be the best one. */
    private Evaluated evaluate(BooleanSupplier interrupted, boolean planned) {
        TrainCallback leaving = new TrainCallback() {
            @Override
            public void progress(String what, long done, long total) {
                callback.progress(what, done, total);
                // ranks agree between updates alone
                if (parts.ranks().env().isAlone()
                        && (interrupted.getAsBoolean() || parts.wishes().stops())) {
                    throw new EvaluationLeft();
                }
            }
        };
        Validation.Outcome outcome = parts.step()
                .alone(() -> parts.validation().run(progress.step(), !planned, this::emit, parts.sink(), leaving));
        if (outcome.scores().isEmpty()) {
            return Evaluated.NONE;
        }
        progress.evaluated(outcome.scores());
        Ending ending = null;
        if (planned) {
            boolean warmingUp = progress.step() < cadences.warmup();
            EvaluationSeen seen = new EvaluationSeen(progress.step(), outcome.scores(), outcome.rowScores(), warmingUp);
            ending = act(progress.step(), parts.watch().evaluated(seen));
        }
        StopMetric goal = parts.goal();
        double value = outcome.scores().getOrDefault(goal.word(), Double.NaN);
        if (goal.isBetter(value, progress.branchBest())) {
            progress.branchBest(value);
        }
        RunResult.Best best = progress.best();
        if (!Double.isFinite(value) || (best != null && !goal.isBetter(value, best.value()))) {
            return new Evaluated(false, ending);
        }
        progress.best(new RunResult.Best(
                progress.step(), goal.word(), value, parts.saver().path(progress.step())));
        return new Evaluated(true, ending);
    }

    /** Does what monitors ask for, and writes it down; an ending where one of them asks for that. */
    private @Nullable Ending act(long step, List<Watch.Said> said) {
        Ending ending = null;
        for (Watch.Said one : said) {
            Verdict verdict = one.verdict();
            boolean late = step >= cadences.totalSteps();
            if (verdict instanceof Verdict.Alarm alarm) {
                emit(new VerdictEvent(step, one.monitor(), "alarm", alarm.reason()));
            } else if (verdict instanceof Verdict.ReduceLr reduce) {
                progress.cut(reduce.factor());
                setRate();
                emit(new VerdictEvent(step, one.monitor(), "reduce-lr", reduce.reason()));
            } else if (verdict instanceof Verdict.Stop stop) {
                emit(new VerdictEvent(step, one.monitor(), "stop", stop.reason()));
                ending = new Ending(Ending.Kind.STOPPED, stop.reason());
            } else if (verdict instanceof Verdict.Recover recover && late) {
                emit(new VerdictEvent(
                        step, one.monitor(), "alarm", recover.reason() + " The run was at its end anyway."));
            } else if (verdict instanceof Verdict.Recover recover) {
                emit(new VerdictEvent(step, one.monitor(), "recover", recover.reason()));
                ending = ending == null ? new Ending(Ending.Kind.RECOVER, recover.reason()) : ending;
            }
        }
        return ending;
    }

    private void setRate() {
        parts.controller().recovery(progress.branch().factor() * progress.cuts());
    }

    /** Does what people ask for; an ending where one of them wants that. */
    private @Nullable Ending heed() {
        note(callback.takeFailure());
        for (RunRequests.Found found = parts.wishes().next();
                found != null;
                found = parts.wishes().next()) {
            if (found instanceof RunRequests.Refused refused) {
                note(refused.sentence());
            } else if (found instanceof RunRequests.Asked asked) {
                switch (asked.request().action()) {
                    case NOTE -> {
                        note("Note of " + asked.request().asker() + ": "
                                + asked.request().shownText());
                        parts.wishes().done(asked);
                    }
                    case HALVE -> halve(asked);
                    case EVALUATE -> evaluateSoon(asked);
                    case STOP -> {
                        return stop(asked);
                    }
                }
            }
        }
        return null;
    }

    /** The state is saved before it is told, so that no event speaks of a rate that a run which goes on does not have. */
    private void halve(RunRequests.Asked asked) {
        if (progress.branch().factor() * progress.cuts() * 0.5 < LOWEST_SHARE) {
            note("The rate is not halved, as " + asked.request().asker() + " asked: it is "
                    + Numbers.text(progress.branch().factor() * progress.cuts()) + " of the plan's already.");
            parts.wishes().done(asked);
            return;
        }
        double before = highest(progress.step() + 1);
        progress.cut(0.5);
        setRate();
        String reason = "The rate is halved, as " + asked.request().asker() + " asked after update " + progress.step()
                + ": update " + (progress.step() + 1) + " has " + Numbers.text(highest(progress.step() + 1))
                + " instead of " + Numbers.text(before) + Wishes.words(asked.request());
        progress.heeded(new Progress.Heeded(asked.id(), reason));
        save();
        emit(new VerdictEvent(progress.step(), VerdictEvent.PERSON, "reduce-lr", reason));
        parts.wishes().done(asked);
    }

    /** Of all groups. */
    private double highest(long step) {
        return Collections.max(parts.controller().rates(step).values());
    }

    private void evaluateSoon(RunRequests.Asked asked) {
        String who = asked.request().asker();
        String refusal = parts.validation().hasRows()
                ? progress.evaluatedAt() == progress.step()
                        ? "the model was evaluated after update " + progress.step() + " already"
                        : ""
                : "there are no validation rows";
        if (!refusal.isEmpty()) {
            note("No evaluation is made, as " + who + " asked: " + refusal + Wishes.words(asked.request()));
            parts.wishes().done(asked);
            return;
        }
        note("An evaluation is made now, as " + who + " asked" + Wishes.words(asked.request()));
        evaluationIsDone(); // one of them is enough for two requests
        evaluation = asked;
        progress.askEvaluation(true);
        saved = false;
    }

    /** Its file lies there until now, so that a run which is killed meanwhile says that nothing came of it. */
    private void evaluationIsDone() {
        if (evaluation != null) {
            parts.wishes().done(evaluation);
            evaluation = null;
        }
    }

    private Ending stop(RunRequests.Asked asked) {
        if (!saved) {
            save();
        }
        parts.wishes().refuseRest("the run was stopped", this::note);
        String reason = "stopped by " + asked.request().asker() + " after step " + progress.step()
                + "; the state is saved and --resume goes on from there"
                + Wishes.words(asked.request());
        emit(new VerdictEvent(progress.step(), VerdictEvent.PERSON, "stop", reason));
        parts.sink().flush();
        parts.wishes().done(asked);
        return new Ending(Ending.Kind.INTERRUPTED, reason);
    }

    private void note(@Nullable String text) {
        if (text != null) {
            emit(new NoteEvent(progress.step(), text));
        }
    }

    private void save() {
        callback.progress("saving", 0, 1);
        evaluationIsSaved = progress.evaluationAsked();
        progress.gather(
                parts.loader().position(),
                parts.guard().badInARow(),
                parts.lossScale(),
                parts.watch().state());
        String path = parts.saver().save(progress);
        parts.ranks().barrier(); // from here on it is there for all of them
        emit(new SaveEvent(progress.step(), path));
        parts.sink().flush();
        saved = true;
        evaluationIsDone(); // or the state knows of it
    }

    /** An interruption in the middle of an evaluation: nothing of it is kept, and it is made again when the run goes on. */
    private static final class EvaluationLeft extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private void emit(RunEvent event) {
        parts.sink().write(event);
        callback.event(event);
    }
}
