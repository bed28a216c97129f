package dev.stride.sweep;

import dev.stride.config.ConfigReader;
import dev.stride.config.LoraConfig;
import dev.stride.config.RunConfig;
import dev.stride.config.UserException;
import dev.stride.experiment.RunStore;
import dev.stride.search.SweepTrial;
import dev.stride.train.BaseModel;
import dev.stride.train.Preparation;
import dev.stride.train.RunFork;
import dev.stride.train.SharedRuns;
import dev.stride.train.TrainCallback;
import dev.stride.train.TrainingRun;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Trains trials: LoRA over one base that is loaded once, several at a time in one pass; full tuning one after the other,
 * each with a model of its own; or all of them elsewhere, where a launcher was given. A trial that fails does not take the
 * others.
 */
final class TrialRunner implements AutoCloseable, RemoteTrials.Runner {
    private final Board board;
    private final int together;
    private final SweepListener listener;
    private final BooleanSupplier interrupted;
    private final InstantSource clock;
    private final @Nullable RemoteTrials remote;
    private @Nullable BaseModel base;

    /**
     * A runner of a sweep's trials.
     *
     * @param launcher runs them elsewhere; null for this process
     */
    TrialRunner(
            Board board,
            int together,
            SweepListener listener,
            InstantSource clock,
            BooleanSupplier interrupted,
            @Nullable TrialLauncher launcher) {
        this.remote = launcher == null ? null : new RemoteTrials(launcher, board, this, interrupted);
        this.clock = clock;
        this.board = board;
        this.together = together;
        this.listener = listener;
        this.interrupted = interrupted;
    }

    /** Trains those that are not over yet. */
    void train(List<TrialState> trials) {
        train(trials, trial -> Hold.Until.END);
    }

    /** Trains those that are not over yet, each until it has so many updates at least; its state is saved there. */
    void hold(List<TrialState> trials, ToLongFunction<TrialState> updates) {
        train(trials, trial -> Hold.Until.updates(updates.applyAsLong(trial)));
    }

    /** Trains those that are not over yet, each up to its evaluation of an update; its state is saved behind that. */
    void meet(List<TrialState> trials, ToLongFunction<TrialState> evaluation) {
        train(trials, trial -> Hold.Until.evaluation(evaluation.applyAsLong(trial)));
    }

    private void train(List<TrialState> trials, Function<TrialState, Hold.Until> until) {
        List<TrialState> open = trials.stream()
                .filter(trial -> !trial.status().isOver()
                        && made(trial, until.apply(trial)) < until.apply(trial).step())
                .toList();
        if (remote != null) {
            remote.train(open, until);
            return;
        }
        int size = passes(open);
        for (int from = 0; from < open.size() && !interrupted.getAsBoolean(); from += size) {
            List<TrialState> some = open.subList(from, Math.min(open.size(), from + size));
            if (some.size() > 1) {
                together(some, until);
            } else {
                alone(some.get(0), until.apply(some.get(0)), 1);
            }
        }
    }

    /** How far a trial is on the way to where it is to be held. */
    private static long made(TrialState trial, Hold.Until until) {
        return until.evaluated() ? trial.evaluatedUpTo() : RunFork.saved(trial.folder());
    }

    /** How many of these trials train at a time. */
    int passes(List<TrialState> trials) {
        if (remote != null) {
            return Math.min(remote.slots(), trials.size());
        }
        return inOnePass(trials);
    }

    /** How many of these trials train in one pass, so that they share its tokens. */
    int inOnePass(List<TrialState> trials) {
        if (remote != null) {
            return 1;
        }
        return trials.isEmpty() || !isLora(trials.get(0)) ? 1 : Math.min(together, trials.size());
    }

    /** Whether the sweep is to end. */
    boolean isInterrupted() {
        return interrupted.getAsBoolean();
    }

    private static boolean isLora(TrialState trial) {
        return trial.spec().preparation().config().tuning() instanceof LoraConfig;
    }

    /**
     * Trains one trial until it has so many updates.
     *
     * @param members those that it will be in one pass with, itself among them
     */
    void alone(TrialState trial, long updates, int members) {
        alone(trial, Hold.Until.updates(updates), members);
    }

    private void alone(TrialState trial, Hold.Until until, int members) {
        if (remote != null) {
            remote.train(List.of(trial), any -> until);
            return;
        }
        board.running(trial);
        Hold hold = new Hold(callback(trial), made(trial, until), until, interrupted);
        @Nullable Throwable failure = null;
        try {
            Preparation preparation = preparation(trial, members);
            try (TrainingRun run = isLora(trial)
                    ? new TrainingRun(preparation, base(preparation, hold))
                    : new TrainingRun(preparation, hold)) {
                if (trial.exists()) {
                    run.resume(trial.folder(), board.monitors(trial), hold, hold);
                } else {
                    run.train(trial.folder(), board.monitors(trial), hold, hold);
                }
            }
        } catch (RuntimeException e) {
            failure = e;
        }
        ended(trial, failure);
    }

    private void together(List<TrialState> trials, Function<TrialState, Hold.Until> until) {
        List<SharedRuns.Member> members = new ArrayList<>();
        Map<SharedRuns.Member, TrialState> whose = new HashMap<>();
        for (TrialState trial : trials) {
            try {
                Hold.Until where = until.apply(trial);
                Hold hold = new Hold(callback(trial), made(trial, where), where, interrupted);
                SharedRuns.Member member = new SharedRuns.Member(
                        preparation(trial, trials.size()),
                        trial.folder(),
                        trial.exists(),
                        board.monitors(trial),
                        hold,
                        hold);
                members.add(member);
                whose.put(member, trial);
                board.running(trial);
            } catch (UserException e) {
                ended(trial, e);
            }
        }
        if (!members.isEmpty()) {
            BaseModel shared = base(members.get(0).preparation(), members.get(0).callback());
            SharedRuns.train(
                    shared,
                    members,
                    (member, outcome) -> ended(Objects.requireNonNull(whose.get(member)), outcome.failure()));
        }
    }

    /** A begun trial goes on with its own settings; a new one of several gets its share of the tokens of a pass. */
    static Preparation preparation(TrialState trial, int members) {
        Preparation planned = trial.spec().preparation();
        if (trial.exists()) {
            return planned.again(ConfigReader.read(trial.folder().resolve(RunStore.CONFIG), Map.of(), List.of()));
        }
        RunConfig config = planned.config();
        if (members == 1 || config.train().microBatch() != null || config.isGiven("train.token_budget")) {
            return planned;
        }
        String budget = Integer.toString(SharedRuns.tokenBudget(planned, members));
        return planned.again(planned.config().withGiven(Map.of("train.token_budget", List.of(budget))));
    }

    private BaseModel base(Preparation preparation, TrainCallback callback) {
        BaseModel loaded = base;
        if (loaded == null) {
            loaded = BaseModel.load(preparation, callback);
            base = loaded;
        }
        return loaded;
    }

    @Override
    public TrainCallback callback(TrialState trial) {
        return board.watched(
                trial, listener.trial(trial.spec().name(), trial.spec().plannedSteps()));
    }

    @Override
    public void end(TrialState trial, long step, String reason) {
        trial.end(step, reason, clock);
        ended(trial, null);
    }

    @Override
    public void ended(TrialState trial, @Nullable Throwable failure) {
        board.ended(trial, failure);
        SweepTrial now = trial.toTrial();
        if (now.status() == SweepTrial.Status.INTERRUPTED && !interrupted.getAsBoolean()) {
            return; // held by the sweep itself
        }
        listener.say(now.name() + ": " + now.status().word() + (now.reason().isEmpty() ? "" : ": " + now.reason()));
    }

    @Override
    public void close() {
        if (base != null) {
            base.close();
        }
    }
}
