package dev.stride.search;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Recorded runs played as a sweep under a rule: a trial that the rule stops goes no further. */
final class Replay {
    private final List<RecordedSweep.Run> runs;
    private final Pruner rule;
    /** How many evaluations of each run have been seen. */
    private final int[] seen;

    private final boolean[] pruned;
    private int held;

    private Replay(List<RecordedSweep.Run> runs, Pruner rule) {
        this.runs = runs;
        this.rule = rule;
        seen = new int[runs.size()];
        pruned = new boolean[runs.size()];
    }

    /**
     * How a sweep came out.
     *
     * @param regret the chosen trial's last loss minus the best end of all the runs, in units of the loss
     * @param made updates that were made
     * @param grid updates that the runs made without a rule
     * @param bestPruned whether the run with the best end was stopped
     * @param held how often a run was held at a rung and went on later
     */
    record Outcome(double regret, long made, long grid, boolean bestPruned, int held) {}

    /** All trials advance together, an evaluation at a time, and are judged on the same curves. */
    static Outcome lockstep(List<RecordedSweep.Run> runs, Pruner rule) {
        Replay replay = new Replay(runs, rule);
        while (true) {
            List<Integer> moved = new ArrayList<>();
            for (int i = 0; i < runs.size(); i++) {
                if (replay.goesOn(i)) {
                    replay.seen[i]++;
                    moved.add(i);
                }
            }
            if (moved.isEmpty()) {
                return replay.outcome();
            }
            List<Integer> stopped = moved.stream().filter(replay::isStopped).toList();
            stopped.forEach(i -> replay.pruned[i] = true);
        }
    }

    /**
     * Some trials run at a time, in the order of the list, and each is judged whenever it has been evaluated.
     *
     * @param workers how many run at a time; which of them is evaluated next is left to chance
     */
    static Outcome inOrder(List<RecordedSweep.Run> runs, Pruner rule, int workers, Random random) {
        Replay replay = new Replay(runs, rule);
        List<Integer> running = new ArrayList<>();
        int next = 0;
        while (true) {
            while (running.size() < workers && next < runs.size()) {
                running.add(next++);
            }
            if (running.isEmpty()) {
                return replay.outcome();
            }
            int i = running.get(random.nextInt(running.size()));
            replay.seen[i]++;
            replay.pruned[i] = replay.isStopped(i);
            if (!replay.goesOn(i)) {
                running.remove((Integer) i);
            }
        }
    }

    /**
     * The runs come to each of the rule's rungs one pass after the other, the best first, and are judged there beside all
     * others; then those that are left go on to their ends.
     *
     * @param passes how many run in one pass, an evaluation at a time
     */
    static Outcome rounds(List<RecordedSweep.Run> runs, Pruner rule, int passes) {
        Replay replay = new Replay(runs, rule);
        List<Integer> all = IntStream.range(0, runs.size()).boxed().toList();
        List<Integer> order = all;
        for (Rung rung : rule.rungs()) {
            replay.round(order, passes, rung);
            all.stream().filter(replay::isStopped).toList().forEach(i -> replay.pruned[i] = true);
            order = all.stream()
                    .filter(replay::goesOn)
                    .sorted(Comparator.comparing(replay::curve, rung.bestFirst()))
                    .toList();
            replay.held += order.size();
        }
        replay.round(order, passes, null);
        return replay.outcome();
    }

    private void round(List<Integer> order, int passes, @Nullable Rung rung) {
        for (int from = 0; from < order.size(); from += passes) {
            advance(order.subList(from, Math.min(order.size(), from + passes)), rung);
        }
    }

    /** One pass: to a rung, or to the end. */
    private void advance(List<Integer> pass, @Nullable Rung rung) {
        while (true) {
            List<Integer> moved = pass.stream()
                    .filter(i -> goesOn(i) && (rung == null || !rung.isReached(curve(i))))
                    .toList();
            if (moved.isEmpty()) {
                return;
            }
            moved.forEach(i -> seen[i]++);
            moved.stream()
                    .filter(i ->
                            rung == null ? isStopped(i) : rule.alone(curve(i)).prune() && goesOn(i))
                    .toList()
                    .forEach(i -> pruned[i] = true);
        }
    }

    /** A part of a sweep's runs in chance order. */
    static List<RecordedSweep.Run> some(RecordedSweep sweep, int fewest, int most, Random random) {
        List<RecordedSweep.Run> runs = new ArrayList<>(sweep.runs());
        Collections.shuffle(runs, random);
        return runs.subList(0, Math.min(runs.size(), fewest + random.nextInt(most - fewest + 1)));
    }

    private boolean goesOn(int i) {
        return !pruned[i] && seen[i] < runs.get(i).curve().evaluations().size();
    }

    private boolean isStopped(int i) {
        List<TrialCurve> others = new ArrayList<>();
        for (int j = 0; j < runs.size(); j++) {
            if (j != i) {
                others.add(curve(j));
            }
        }
        // a trial at its end cannot be stopped any more
        return rule.decide(curve(i), others).prune() && goesOn(i);
    }

    private TrialCurve curve(int i) {
        TrialCurve whole = runs.get(i).curve();
        return new TrialCurve(
                whole.name(),
                whole.schedule(),
                whole.higherIsBetter(),
                whole.plannedSteps(),
                whole.evaluations().subList(0, seen[i]));
    }

    private Outcome outcome() {
        int best = -1;
        int chosen = -1;
        long made = 0;
        long grid = 0;
        for (int i = 0; i < runs.size(); i++) {
            RecordedSweep.Run run = runs.get(i);
            grid += run.made();
            made += pruned[i] ? curve(i).lastStep() : run.made();
            if (best < 0 || run.curve().better(run.end(), runs.get(best).end())) {
                best = i;
            }
            if (!pruned[i]
                    && (chosen < 0
                            || run.curve().better(run.end(), runs.get(chosen).end()))) {
                chosen = i;
            }
        }
        if (chosen < 0 || !Double.isFinite(runs.get(chosen).end())) {
            throw new IllegalStateException("the rule stopped every trial that had an end");
        }
        return new Outcome(runs.get(chosen).end() - runs.get(best).end(), made, grid, pruned[best], held);
    }
}
