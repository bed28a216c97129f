package dev.stride.report;

import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.StepEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The table that compares runs: one row each, the same for the page and for the terminal. */
final class RunTable {
    /** The training loss of one update is noisy, so the table shows the mean of this many. */
    static final int LAST_UPDATES = 10;

    static final List<String> KNOWN_SCORES = List.of("bleu-4", "rouge-1", "rouge-2", "rouge-l");

    /** Which of a column's numbers is the best. */
    enum Better {
        LOWER,
        HIGHER,
        NEITHER
    }

    /** A heading in both languages, one cell a run, and the rows that hold the best number. */
    record Column(BilingualText heading, List<BilingualText> cells, Set<Integer> best, boolean right) {}

    private RunTable() {}

    /** All columns that at least one run fills. */
    static List<Column> columns(List<ReportRun> runs) {
        List<Column> columns = new ArrayList<>();
        columns.add(texts(Words.RUN, runs, run -> BilingualText.of(run.name()), false));
        columns.add(numbers(Words.PEAK_RATE, runs, RunTable::peakRate, Better.NEITHER, Numbers::scientific));
        columns.add(numbers(Words.TRAIN_LOSS, runs, RunTable::trainLoss, Better.NEITHER, fixed(4)));
        if (runs.stream().anyMatch(run -> !run.evals().isEmpty())) {
            columns.add(numbers(Words.EVAL_LOSS, runs, RunTable::lastEvalLoss, Better.LOWER, fixed(4)));
            columns.add(numbers(Words.LOWEST_LOSS, runs, RunTable::lowestEvalLoss, Better.LOWER, fixed(4)));
            columns.add(texts(Words.AT_STEP, runs, RunTable::lowestEvalStep, true));
        }
        for (String score : scoreNames(runs)) {
            int decimals = MetricCharts.isPercentage(runs, score) ? 2 : 4;
            Better better = KNOWN_SCORES.contains(score) ? Better.HIGHER : Better.NEITHER;
            columns.add(column(
                    BilingualText.of(score.toUpperCase(Locale.ROOT)),
                    runs,
                    run -> lastScore(run, score),
                    better,
                    fixed(decimals)));
        }
        if (runs.stream().anyMatch(run -> run.clip() != null)) {
            columns.add(numbers(Words.CLIPPED, runs, RunTable::clipped, Better.NEITHER, RunTable::percent));
        }
        columns.add(numbers(Words.TOKENS_PER_SECOND, runs, RunTable::speed, Better.NEITHER, fixed(0)));
        columns.add(numbers(Words.TIME, runs, RunTable::seconds, Better.NEITHER, Numbers::duration));
        columns.add(texts(Words.STEPS, runs, run -> BilingualText.of(Long.toString(numSteps(run))), true));
        columns.add(texts(Words.STATUS, runs, run -> status(run.result()), false));
        return columns;
    }

    /** Names of all scores of all runs: those of the reference first, in its order. */
    static List<String> scoreNames(List<ReportRun> runs) {
        Set<String> given = new LinkedHashSet<>();
        runs.forEach(
                run -> run.evals().forEach(eval -> given.addAll(eval.scores().keySet())));
        List<String> names = new ArrayList<>(KNOWN_SCORES);
        names.retainAll(given);
        given.stream().filter(name -> !KNOWN_SCORES.contains(name)).forEach(names::add);
        return names;
    }

    /** The highest rate that an update used; of the plan where none was made. */
    static @Nullable Double peakRate(ReportRun run) {
        return run.steps().stream()
                .flatMap(step -> step.lr().values().stream())
                .max(Double::compare)
                .or(() -> run.planned().stream().map(RatePoint::lr).max(Double::compare))
                .orElse(null);
    }

    static BilingualText status(@Nullable RunResult result) {
        Words word = result == null
                ? Words.UNFINISHED
                : switch (result.status()) {
                    case FINISHED -> Words.FINISHED;
                    case STOPPED -> Words.STOPPED;
                    case FAILED -> Words.FAILED;
                    case INTERRUPTED -> Words.INTERRUPTED;
                };
        return new BilingualText(word.in(Language.ENGLISH), word.in(Language.CHINESE));
    }

    private static @Nullable Double trainLoss(ReportRun run) {
        List<StepEvent> steps = run.steps();
        return steps.isEmpty()
                ? null
                : steps.subList(Math.max(0, steps.size() - LAST_UPDATES), steps.size()).stream()
                        .mapToDouble(StepEvent::loss)
                        .average()
                        .getAsDouble();
    }

    private static @Nullable Double lastEvalLoss(ReportRun run) {
        List<EvalEvent> evals = run.evals();
        return evals.isEmpty() ? null : evals.get(evals.size() - 1).loss();
    }

    private static @Nullable EvalEvent lowestEval(ReportRun run) {
        EvalEvent lowest = null;
        for (EvalEvent eval : run.evals()) {
            if (!Double.isNaN(eval.loss()) && (lowest == null || eval.loss() < lowest.loss())) {
                lowest = eval;
            }
        }
        return lowest;
    }

    private static @Nullable Double lowestEvalLoss(ReportRun run) {
        EvalEvent lowest = lowestEval(run);
        return lowest == null ? null : lowest.loss();
    }

    private static BilingualText lowestEvalStep(ReportRun run) {
        EvalEvent lowest = lowestEval(run);
        return BilingualText.of(lowest == null ? Numbers.NONE : Long.toString(lowest.step()));
    }

    private static @Nullable Double lastScore(ReportRun run, String score) {
        Double last = null;
        for (EvalEvent eval : run.evals()) {
            Double value = eval.scores().get(score);
            last = value == null ? last : value;
        }
        return last;
    }

    /** The percentage of updates whose norm was above the clip. */
    private static @Nullable Double clipped(ReportRun run) {
        Double clip = run.clip();
        List<StepEvent> steps = run.steps();
        return clip == null || steps.isEmpty()
                ? null
                : 100.0 * steps.stream().filter(step -> step.gradNorm() > clip).count() / steps.size();
    }

    private static String percent(double share) {
        return Numbers.fixed(share, 1) + " %";
    }

    private static @Nullable Double speed(ReportRun run) {
        double[] speeds = run.steps().stream()
                .mapToDouble(StepEvent::tokensPerSecond)
                .filter(Double::isFinite)
                .sorted()
                .toArray();
        int middle = speeds.length / 2;
        return speeds.length == 0
                ? null
                : speeds.length % 2 == 1 ? speeds[middle] : (speeds[middle - 1] + speeds[middle]) / 2;
    }

    /** The run's own word if it left one ({@code seconds} among its final values), else its updates and evaluations. */
    private static @Nullable Double seconds(ReportRun run) {
        RunResult result = run.result();
        if (result != null && result.finalValues().containsKey("seconds")) {
            return result.finalValues().get("seconds");
        }
        if (run.events().isEmpty()) {
            return null;
        }
        double steps = run.steps().stream()
                .mapToDouble(StepEvent::seconds)
                .filter(Double::isFinite)
                .sum();
        double evals = run.evals().stream()
                .mapToDouble(EvalEvent::seconds)
                .filter(Double::isFinite)
                .sum();
        return steps + evals;
    }

    private static long numSteps(ReportRun run) {
        RunResult result = run.result();
        List<StepEvent> steps = run.steps();
        return result != null
                ? result.steps()
                : steps.isEmpty() ? 0 : steps.get(steps.size() - 1).step();
    }

    private static Function<Double, String> fixed(int decimals) {
        return value -> Numbers.fixed(value, decimals);
    }

    private static Column texts(
            Words heading, List<ReportRun> runs, Function<ReportRun, BilingualText> cell, boolean right) {
        return new Column(heading(heading), runs.stream().map(cell).toList(), Set.of(), right);
    }

    private static Column numbers(
            Words heading,
            List<ReportRun> runs,
            Function<ReportRun, @Nullable Double> value,
            Better better,
            Function<Double, String> print) {
        return column(heading(heading), runs, value, better, print);
    }

    private static Column column(
            BilingualText heading,
            List<ReportRun> runs,
            Function<ReportRun, @Nullable Double> value,
            Better better,
            Function<Double, String> print) {
        @Nullable Double[] values = runs.stream().map(value).toArray(Double[]::new);
        List<BilingualText> cells = Arrays.stream(values)
                .map(number -> BilingualText.of(number == null ? Numbers.NONE : print.apply(number)))
                .toList();
        return new Column(heading, cells, best(values, better), true);
    }

    /** The rows of the best number; none when there is nothing to choose between. */
    static Set<Integer> best(@Nullable Double[] values, Better better) {
        double[] finite = Arrays.stream(values)
                .filter(Objects::nonNull)
                .mapToDouble(Double::doubleValue)
                .filter(Double::isFinite)
                .sorted()
                .toArray();
        Set<Integer> best = new LinkedHashSet<>();
        if (better == Better.NEITHER || values.length < 2 || finite.length == 0) {
            return best;
        }
        double wanted = better == Better.LOWER ? finite[0] : finite[finite.length - 1];
        for (int i = 0; i < values.length; i++) {
            Double value = values[i];
            if (value != null && value == wanted) {
                best.add(i);
            }
        }
        return best;
    }

    private static BilingualText heading(Words words) {
        return new BilingualText(words.in(Language.ENGLISH), words.in(Language.CHINESE));
    }
}
