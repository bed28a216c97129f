package dev.stride.live;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.experiment.RunBranch;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.RunResult;
import dev.stride.monitor.Curve;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The events of a run as curves, one for each way from the start to the end of a branch. A recovery is a curve with what
 * its branch started from before it, and without what its parent did after that: branches at different rates are never
 * mixed. It takes events one by one, so that a run can be looked at while it goes on.
 *
 * <p>Where a resumed run made updates again, the later ones count. What Stride trains is held in float32 whatever the
 * model file's type.
 */
public final class RunCurve {
    private static final String STORAGE = "fp32";

    private final RunRows rows;
    private final long plannedSteps;
    private final long warmupSteps;

    /**
     * A run without events.
     *
     * @param plannedSteps updates that it was to make, 0 where not known
     * @param warmupSteps updates until the peak, 0 where not known
     */
    public RunCurve(long plannedSteps, long warmupSteps) {
        this(new RunRows(), plannedSteps, warmupSteps);
    }

    RunCurve(RunRows rows, long plannedSteps, long warmupSteps) {
        this.rows = rows;
        this.plannedSteps = plannedSteps;
        this.warmupSteps = warmupSteps;
    }

    /** A run without events, of a plan as {@code plan.json} has it. */
    public static RunCurve empty(JsonNode plan) {
        return of(new RunRows(), plan);
    }

    /** The curves of rows that are there already. */
    static RunCurve of(RunRows rows, JsonNode plan) {
        return new RunCurve(
                rows,
                plan.path("schedule").path("steps").asLong(0),
                plan.path("schedule").path("warmup_steps").asLong(0));
    }

    /** Takes in the next event; those that no curve shows are left out. */
    public void add(RunEvent event) {
        rows.add(event);
    }

    /** The name of the branch that is being trained, or was last. */
    public String lastBranch() {
        return rows.lastBranch().name();
    }

    /**
     * The curve of a run: to the branch that did best where the run has ended, else to the one that is being trained. A
     * run that was interrupted can go on, so it has not ended.
     *
     * @param result how it ended, or null while it runs
     */
    public Curve asEnded(@Nullable RunResult result) {
        return asEnded(result, Integer.MAX_VALUE);
    }

    Curve asEnded(@Nullable RunResult result, int maxUpdates) {
        boolean finished = result != null && result.status() != RunResult.Status.INTERRUPTED;
        RunResult.Best best = result == null ? null : result.best();
        String branch = !finished || best == null ? lastBranch() : RunBranch.ofCheckpoint(best.checkpoint());
        return to(branch, finished, maxUpdates);
    }

    /**
     * The curve from the start of the run to the end of a branch.
     *
     * @param branch its name; one that never began is the last branch
     * @param finished whether the run has ended
     */
    public Curve to(String branch, boolean finished) {
        return to(branch, finished, Integer.MAX_VALUE);
    }

    /** Of more updates than {@code maxUpdates} every second is left out, or all but every third, and so on. */
    private Curve to(String branch, boolean finished, int maxUpdates) {
        int at = rows.index(branch, rows.branches().size());
        List<Part> way = way(at < 0 ? rows.branches().size() - 1 : at);
        long numRows = 0;
        for (Part part : way) {
            numRows += part.endRow() - part.firstRow();
        }
        int stride = (int) Math.max(1, (numRows + maxUpdates - 1) / maxUpdates);
        List<Curve.Update> updates = new ArrayList<>();
        List<Curve.Evaluation> evaluations = new ArrayList<>();
        List<Curve.Skip> skips = new ArrayList<>();
        for (Part part : way) {
            for (int row = part.firstRow(); row < part.endRow(); row++) {
                boolean odd = !Double.isFinite(rows.steps().loss(row)) && updates.size() < 2 * (long) maxUpdates;
                if (odd || (part.endRow() - 1 - row) % stride == 0) {
                    updates.add(update(row));
                }
            }
            for (LiveEval eval : rows.evals()) {
                if (eval.branch() == part.branch() && eval.step() <= part.until()) {
                    evaluations.add(new Curve.Evaluation(eval.step(), eval.loss()));
                }
            }
            for (RunSigns.Skipped skip : rows.signs().skips()) {
                if (skip.branch() == part.branch() && skip.skip().step() <= part.until()) {
                    skips.add(skip.skip());
                }
            }
        }
        return new Curve(updates, evaluations, skips, plannedSteps, warmupSteps, STORAGE, finished);
    }

    private Curve.Update update(int row) {
        StepColumns steps = rows.steps();
        return new Curve.Update(
                steps.step(row), steps.loss(row), steps.highestRate(row), steps.gradNorm(row), steps.moved(row));
    }

    /** The rows of a branch up to where the next one of the way leaves it. */
    private record Part(int branch, int firstRow, int endRow, long until) {}

    /** From the main branch to the given one. */
    private List<Part> way(int last) {
        List<Part> way = new ArrayList<>();
        long until = Long.MAX_VALUE;
        for (int i = last; i >= 0; i = rows.parent(i)) {
            int first = rows.branches().get(i).firstRow();
            way.add(0, new Part(i, first, rows.rowAfter(first, rows.endRow(i), until), until));
            until = Math.min(until, rows.branches().get(i).from());
        }
        return way;
    }
}
