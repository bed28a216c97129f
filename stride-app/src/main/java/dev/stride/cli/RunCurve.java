package dev.stride.cli;

import dev.stride.experiment.BranchEvent;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.RunBranch;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.SkipEvent;
import dev.stride.experiment.StepEvent;
import dev.stride.monitor.Curve;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;

/**
 * The events of a run as curves, one for each way from the start to the end of a branch. A recovery is a curve with what
 * its branch started from before it, and without what its parent did after that: branches at different rates are never
 * mixed. It takes events one by one, so that a run can be looked at while it goes on.
 *
 * <p>Where a resumed run made updates again, the later ones count. What Stride trains is held in float32 whatever the
 * model file's type.
 */
final class RunCurve {
    private static final String STORAGE = "fp32";

    private final long plannedSteps;
    private final long warmupSteps;
    private final List<Branch> branches = new ArrayList<>();

    /** What happened in one branch itself, by step. */
    private static final class Branch {
        private final String name;
        private final String parent;
        private final long fromStep;
        private final TreeMap<Long, Curve.Update> updates = new TreeMap<>();
        private final TreeMap<Long, Curve.Evaluation> evaluations = new TreeMap<>();
        private final List<Curve.Skip> skips = new ArrayList<>();

        Branch(String name, String parent, long fromStep) {
            this.name = name;
            this.parent = parent;
            this.fromStep = fromStep;
        }
    }

    /**
     * A run without events.
     *
     * @param plannedSteps updates that it was to make, 0 where not known
     * @param warmupSteps updates until the peak, 0 where not known
     */
    RunCurve(long plannedSteps, long warmupSteps) {
        this.plannedSteps = plannedSteps;
        this.warmupSteps = warmupSteps;
        branches.add(new Branch(RunBranch.MAIN, "", 0));
    }

    /** Takes in the next event; those that no curve shows are left out. */
    void add(RunEvent event) {
        Branch now = branches.get(branches.size() - 1);
        if (event instanceof BranchEvent start) {
            branches.add(new Branch(start.branch(), start.parent(), start.step()));
        } else if (event instanceof StepEvent step) {
            now.updates.put(
                    step.step(),
                    new Curve.Update(
                            step.step(),
                            step.loss(),
                            Collections.max(step.lr().values()),
                            step.gradNorm(),
                            step.moved()));
        } else if (event instanceof EvalEvent eval) {
            now.evaluations.put(eval.step(), new Curve.Evaluation(eval.step(), eval.loss()));
        } else if (event instanceof SkipEvent skip) {
            now.skips.add(new Curve.Skip(skip.step(), skip.reason()));
        }
    }

    /** The name of the branch that is being trained, or was last. */
    String lastBranch() {
        return branches.get(branches.size() - 1).name;
    }

    /**
     * The curve from the start of the run to the end of a branch.
     *
     * @param branch its name; one that never began is the last branch
     * @param finished whether the run has ended
     */
    Curve to(String branch, boolean finished) {
        List<Curve.Update> updates = new ArrayList<>();
        List<Curve.Evaluation> evaluations = new ArrayList<>();
        List<Curve.Skip> skips = new ArrayList<>();
        long until = Long.MAX_VALUE;
        int at = index(branch, branches.size());
        for (Branch one : way(at < 0 ? branches.size() - 1 : at)) {
            long end = until;
            // what is nearer to the start is put before what is there
            updates.addAll(0, one.updates.headMap(end, true).values());
            evaluations.addAll(0, one.evaluations.headMap(end, true).values());
            skips.addAll(
                    0, one.skips.stream().filter(skip -> skip.step() <= end).toList());
            until = Math.min(until, one.fromStep);
        }
        return new Curve(updates, evaluations, skips, plannedSteps, warmupSteps, STORAGE, finished);
    }

    /** A branch, then what it started from, and so on to the main one. */
    private List<Branch> way(int last) {
        List<Branch> way = new ArrayList<>();
        for (int i = last; i >= 0; i = index(branches.get(i).parent, i)) {
            way.add(branches.get(i));
        }
        return way;
    }

    /** The last branch of a name among the first {@code before}; -1 where there is none. */
    private int index(String name, int before) {
        for (int i = before - 1; i >= 0; i--) {
            if (branches.get(i).name.equals(name)) {
                return i;
            }
        }
        return -1;
    }
}
