package dev.stride.sweep;

import dev.stride.config.UserException;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.EventFollower;
import dev.stride.experiment.EventReader;
import dev.stride.experiment.FolderLock;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.RunResult;
import dev.stride.train.TrainCallback;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Trials in processes elsewhere. All are started at once, as many run as there is room for, and each is watched through its
 * folder: its events are told on, and the rules that end trials are asked at every evaluation, as they are asked in this
 * process. A trial that is to end is cancelled, and its folder then says {@code pruned}; it may have made some updates more.
 */
final class RemoteTrials {
    private static final long LOOK_MILLIS = 200;
    /** A process that was cancelled saves and ends; where it cannot, it is ended, before this. */
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final TrialLauncher launcher;
    private final Board board;
    private final Runner runner;
    private final BooleanSupplier interrupted;

    /** What the sweep does with trials whose process is over. */
    interface Runner {
        /** Who is told of a trial's events. */
        TrainCallback callback(TrialState trial);

        /** Ends a trial that is held, as a rule that looks on would have. */
        void end(TrialState trial, long step, String reason);

        /** A trial's process is over. */
        void ended(TrialState trial, @Nullable Throwable failure);
    }

    RemoteTrials(TrialLauncher launcher, Board board, Runner runner, BooleanSupplier interrupted) {
        this.launcher = launcher;
        this.board = board;
        this.runner = runner;
        this.interrupted = interrupted;
    }

    int slots() {
        return launcher.slots();
    }

    /** Trains these trials until each has ended, is held where it is to be, or the sweep is interrupted. */
    void train(List<TrialState> trials, Function<TrialState, Hold.Until> until) {
        List<Watched> open = new ArrayList<>();
        for (TrialState trial : trials) {
            open.add(new Watched(trial, until.apply(trial)));
        }
        boolean told = false;
        while (!open.isEmpty()) {
            if (interrupted.getAsBoolean() && !told) {
                told = true;
                open.forEach(watched -> watched.launched.cancel());
            }
            open.removeIf(Watched::look);
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(LOOK_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while trials run elsewhere", e);
        }
    }

    /** A trial that was started. */
    private final class Watched {
        private final TrialState trial;
        private final TrainCallback callback;
        private final EventFollower follower;
        private final TrialLauncher.Launched launched;
        private boolean running;
        private @Nullable String pruned;
        private long overSince;

        Watched(TrialState trial, Hold.Until until) {
            this.trial = trial;
            this.callback = runner.callback(trial);
            this.follower = new EventFollower(trial.folder());
            this.launched = launcher.start(
                    trial.spec().name(),
                    trial.folder().toAbsolutePath(),
                    TrialOrder.of(
                                    trial.folder(),
                                    TrialRunner.preparation(trial, 1).config(),
                                    until)
                            .toLine());
        }

        /** Takes in what happened; true once the trial is over, and nobody writes its folder any more. */
        boolean look() {
            // in this order: what was written before the end is read
            TrialLauncher.Outcome outcome = launched.outcome();
            EventFollower.News news = follower.next();
            if (news.again()) {
                board.forked(trial);
                running = false;
            }
            news.events().forEach(this::event);
            return outcome != null && isLeft() && over(outcome);
        }

        private void event(RunEvent event) {
            if (!running) {
                running = true;
                board.running(trial);
            }
            callback.event(event);
            if (event instanceof EvalEvent eval && pruned == null) {
                pruned = board.prunes(trial, eval.step());
                if (pruned != null) {
                    launched.cancel();
                }
            }
        }

        /** A cancelled process still saves for a while, which on file systems without locks only its result shows. */
        private boolean isLeft() {
            if (overSince == 0) {
                overSince = System.nanoTime();
            }
            boolean late = System.nanoTime() - overSince > PATIENCE.toNanos();
            Path folder = trial.folder();
            if (!Files.isDirectory(folder)) {
                return true;
            }
            try (FolderLock free = FolderLock.take(folder)) {
                return late || pruned == null || result() != null;
            } catch (UserException taken) {
                return late;
            }
        }

        private @Nullable RunResult result() {
            return EventReader.isRun(trial.folder())
                    ? EventReader.read(trial.folder()).result()
                    : null;
        }

        private boolean over(TrialLauncher.Outcome outcome) {
            String reason = pruned;
            RunResult result = result();
            boolean ended = result != null
                    && (result.status() == RunResult.Status.FINISHED || result.status() == RunResult.Status.STOPPED);
            if (reason != null && !ended) {
                trial.reread();
                try {
                    runner.end(trial, trial.steps(), reason);
                } catch (UserException stillWritten) {
                    runner.ended(trial, stillWritten);
                }
            } else {
                runner.ended(trial, failure(outcome, result));
            }
            return true;
        }

        private @Nullable Throwable failure(TrialLauncher.Outcome outcome, @Nullable RunResult result) {
            boolean known = result != null && result.status() != RunResult.Status.FAILED;
            if (known || interrupted.getAsBoolean()) {
                return null;
            }
            return new IllegalStateException(
                    outcome.said().isEmpty() ? "its process ended with status " + outcome.status() : outcome.said());
        }
    }
}
