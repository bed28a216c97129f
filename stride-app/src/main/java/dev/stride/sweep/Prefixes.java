package dev.stride.sweep;

import dev.stride.schedule.Sloped;
import dev.stride.train.RunFork;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;

/**
 * The beginnings that trials of one seed have in common: they rise at one slope, so up to the update before a trial reaches
 * its peak its rates are those of every higher trial. The highest one trains alone to where the lowest leaves it, then to
 * where the next one does, and so on.
 *
 * <p>The highest goes on only once a trial that leaves it has its folder, since of older checkpoints it keeps none. Where
 * the checkpoint is not to be had, because the highest was ended before or is behind it already, a trial begins by itself:
 * it makes the same updates.
 */
final class Prefixes {
    private final Board board;
    private final TrialRunner runner;
    private final SweepListener listener;
    private final InstantSource clock;

    Prefixes(Board board, TrialRunner runner, SweepListener listener, InstantSource clock) {
        this.board = board;
        this.runner = runner;
        this.listener = listener;
        this.clock = clock;
    }

    /** Trains what these trials share; those that were begun already stay as they are. */
    void share(List<TrialState> trials) {
        List<TrialState> open = trials.stream()
                .filter(trial -> !trial.status().isOver() && isSloped(trial))
                .toList();
        int members = runner.inOnePass(open);
        for (long seed :
                open.stream().map(trial -> trial.spec().seed()).distinct().toList()) {
            List<TrialState> rising = open.stream()
                    .filter(trial -> trial.spec().seed() == seed)
                    .sorted(Comparator.comparingLong(Prefixes::own))
                    .toList();
            rising.forEach(trial -> fromKept(trial, members));
            TrialState highest = rising.get(rising.size() - 1);
            for (TrialState trial : rising.subList(0, rising.size() - 1)) {
                if (runner.isInterrupted()) {
                    return;
                }
                if (!trial.exists() && own(trial) >= 1) {
                    leave(trial, highest, members);
                }
            }
        }
    }

    private void leave(TrialState trial, TrialState highest, int members) {
        long step = own(trial);
        if (!highest.status().isOver() && RunFork.saved(highest.folder()) < step) {
            runner.alone(highest, step, members);
        }
        if (RunFork.savedUpTo(highest.folder(), step).orElse(-1) == step) {
            fork(trial, highest, step, members);
        }
    }

    /** Begins a new trial with the longest beginning that one of the others still has. */
    private void fromKept(TrialState trial, int members) {
        if (trial.exists()) {
            return;
        }
        TrialState from = null;
        long most = 0;
        for (TrialState other : board.all()) {
            if (other != trial && other.spec().seed() == trial.spec().seed() && isSloped(other) && other.exists()) {
                OptionalLong kept = RunFork.savedUpTo(other.folder(), Math.min(own(trial), own(other)));
                if (kept.orElse(0) > most) {
                    most = kept.getAsLong();
                    from = other;
                }
            }
        }
        // a whole beginning is worth waiting for where the highest of these trials is about to make it
        if (from != null && board.all().stream().noneMatch(other -> isAhead(other, trial))) {
            fork(trial, from, most, members);
        }
    }

    /** Whether a higher trial of the seed has not yet come to where this one is to leave it. */
    private static boolean isAhead(TrialState other, TrialState trial) {
        return other.spec().seed() == trial.spec().seed()
                && isSloped(other)
                && own(other) > own(trial)
                && !other.status().isOver()
                && RunFork.saved(other.folder()) <= own(trial);
    }

    private void fork(TrialState trial, TrialState from, long step, int members) {
        RunFork.make(TrialRunner.preparation(trial, members), from.folder(), step, trial.folder(), clock);
        board.forked(trial);
        listener.say(trial.spec().name() + ": begins with the first " + step
                + (step == 1 ? " update of " : " updates of ") + from.spec().name());
    }

    /** Updates before a trial's peak: those that it can have in common with higher ones. */
    private static long own(TrialState trial) {
        return trial.spec().preparation().plan().schedule().warmup() - 1;
    }

    private static boolean isSloped(TrialState trial) {
        return trial.spec().preparation().plan().schedule() instanceof Sloped;
    }
}
