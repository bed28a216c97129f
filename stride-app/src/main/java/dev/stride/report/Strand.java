package dev.stride.report;

import dev.stride.experiment.BranchEvent;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.RunBranch;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.StepEvent;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One branch of one run: its lines belong together and never go back in steps.
 *
 * @param run the index of its run
 * @param branch the index of its branch, 0 for the main one
 * @param branchName the branch's name
 * @param runName the run's name
 * @param name as people read it: the run, the branch, or both, whichever tells it from the others
 * @param alone whether it is the only one of the report, so that colours are free to tell kinds of lines apart
 * @param several whether the report has several runs, whose colours are those of the runs
 * @param fromStep updates that it starts with
 * @param factor on the planned rate
 * @param planned the rate planned for its updates
 * @param clip largest norm that gradients keep; null where unknown or without clipping
 * @param events what happened in it
 */
record Strand(
        int run,
        int branch,
        String branchName,
        String runName,
        String name,
        boolean alone,
        boolean several,
        long fromStep,
        double factor,
        List<RatePoint> planned,
        @Nullable Double clip,
        List<RunEvent> events) {
    /** More points than these do not make the curve of a cooldown smoother. */
    private static final int COOLDOWN_POINTS = 200;

    Strand {
        planned = List.copyOf(planned);
        events = List.copyOf(events);
    }

    /** All strands of runs: run by run, of each the main branch first. */
    static List<Strand> of(List<ReportRun> runs) {
        List<Strand> strands = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            ReportRun run = runs.get(i);
            List<RunBranch> branches = RunBranch.of(run.events());
            for (int b = 0; b < branches.size(); b++) {
                strands.add(strand(run, i, branches.get(b), b, branches.size() > 1, runs.size() > 1));
            }
        }
        return strands;
    }

    private static Strand strand(
            ReportRun run, int index, RunBranch branch, int number, boolean branched, boolean several) {
        String name = !branched ? run.name() : several ? run.name() + " · " + branch.name() : branch.name();
        List<RatePoint> planned = number == 0 ? run.planned() : planned(run.planned(), branch);
        return new Strand(
                index,
                number,
                branch.name(),
                run.name(),
                name,
                !branched && !several,
                several,
                branch.fromStep(),
                branch.factor(),
                planned,
                run.clip(),
                branch.events());
    }

    /** The rate planned for a recovery: that of the run times its factor, or down to 0 from there. */
    private static List<RatePoint> planned(List<RatePoint> ofRun, RunBranch branch) {
        long cooldown = branch.events().stream()
                .filter(BranchEvent.class::isInstance)
                .mapToLong(event -> ((BranchEvent) event).cooldown())
                .findFirst()
                .orElse(0);
        List<RatePoint> planned = new ArrayList<>();
        if (cooldown == 0) {
            for (RatePoint point : ofRun) {
                if (point.step() > branch.fromStep()) {
                    planned.add(new RatePoint(point.step(), point.lr() * branch.factor()));
                }
            }
            return planned;
        }
        double start = branch.factor() * rateAt(ofRun, branch.fromStep());
        for (long made = 1; made <= cooldown && !ofRun.isEmpty(); made += Math.max(1, cooldown / COOLDOWN_POINTS)) {
            planned.add(new RatePoint(branch.fromStep() + made, start * (1 - Math.sqrt((double) made / cooldown))));
        }
        return planned;
    }

    /** The planned rate of a step, between the points of the plan on a straight line; that of the nearest outside them. */
    private static double rateAt(List<RatePoint> points, long step) {
        RatePoint before = null;
        for (RatePoint point : points) {
            if (point.step() >= step) {
                return before == null || point.step() == step
                        ? point.lr()
                        : before.lr()
                                + (point.lr() - before.lr())
                                        * (step - before.step())
                                        / (double) (point.step() - before.step());
            }
            before = point;
        }
        return before == null ? 0 : before.lr();
    }

    /** The updates that were made. */
    List<StepEvent> steps() {
        return events.stream()
                .filter(StepEvent.class::isInstance)
                .map(StepEvent.class::cast)
                .toList();
    }

    /** The evaluations. */
    List<EvalEvent> evals() {
        return events.stream()
                .filter(EvalEvent.class::isInstance)
                .map(EvalEvent.class::cast)
                .toList();
    }

    /** The colour of a line; {@code ifAlone} where colours tell kinds apart. */
    int colour(int ifAlone) {
        return alone ? ifAlone : several ? run : branch;
    }

    /** One of its lines, of the first variant of its kind. */
    Chart.Line line(BilingualText label, Chart.Kind kind, int ifAlone, boolean onRight, Series series) {
        return line(label, kind, ifAlone, 0, onRight, series);
    }

    /** One of its lines. */
    Chart.Line line(BilingualText label, Chart.Kind kind, int ifAlone, int variant, boolean onRight, Series series) {
        return new Chart.Line(run, name, label, kind, colour(ifAlone), branch, variant, onRight, series);
    }
}
