package dev.stride.report;

import dev.stride.experiment.EvalEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The charts of evaluations: all scores of one run in one chart, and a small chart for each metric. They share the first
 * chart's axis of steps, so that what lies below each other happened together.
 */
final class MetricCharts {
    /** The colours of scores where a run is alone; those of the norms are left out. */
    private static final int[] SCORE_COLOURS = {2, 5, 4, 1, 0};

    /** Scores above it are percentages; others lie between 0 and 1. */
    private static final double LARGEST_SHARE = 1.5;

    private MetricCharts() {}

    /** The validation loss, then every score; none where nothing was evaluated. */
    static List<Chart> validation(List<ReportRun> runs, List<Strand> strands, Axis.Linear steps) {
        List<Chart> charts = new ArrayList<>();
        addEvals(charts, strands, steps, "eval-loss", BilingualText.of(Words.VALIDATION_LOSS), EvalEvent::loss);
        List<String> scores = RunTable.scoreNames(runs);
        for (int i = 0; i < scores.size(); i++) {
            String score = scores.get(i);
            addEvals(charts, strands, steps, "eval-" + i, label(score), eval -> score(eval, score));
        }
        return charts;
    }

    /**
     * The scores of a run that is alone, percentages at the left axis and shares at the right one; of several runs or
     * branches the one score that chose the best checkpoint, else the first. Null where there is none.
     */
    static @Nullable Chart scores(List<ReportRun> runs, List<Strand> strands, Axis.Linear steps) {
        List<String> names = RunTable.scoreNames(runs);
        if (names.isEmpty()) {
            return null;
        }
        if (strands.size() > 1) {
            names = List.of(chosen(runs, names));
        }
        List<Chart.Line> percentages = new ArrayList<>();
        List<Chart.Line> shares = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            boolean percentage = isPercentage(runs, name);
            for (Strand strand : strands) {
                Series series = series(strand, eval -> score(eval, name));
                if (series.size() > 0) {
                    int colour = SCORE_COLOURS[i % SCORE_COLOURS.length];
                    (percentage ? percentages : shares)
                            .add(strand.line(label(name), Chart.Kind.CURVE, colour, i, !percentage, series));
                }
            }
        }
        if (percentages.isEmpty()) {
            shares.replaceAll(MetricCharts::atTheLeft);
            return chart("scores", steps, shares, List.of());
        }
        return chart("scores", steps, percentages, shares);
    }

    /** Whether a score is a percentage, by its values. */
    static boolean isPercentage(List<ReportRun> runs, String score) {
        return runs.stream()
                .flatMap(run -> run.evals().stream())
                .anyMatch(eval -> Math.abs(score(eval, score)) > LARGEST_SHARE);
    }

    private static String chosen(List<ReportRun> runs, List<String> names) {
        return runs.stream()
                .map(ReportRun::result)
                .flatMap(result -> result == null || result.best() == null
                        ? Stream.empty()
                        : Stream.of(result.best().metric()))
                .filter(names::contains)
                .findFirst()
                .orElse(names.get(0));
    }

    private static Chart.Line atTheLeft(Chart.Line line) {
        return new Chart.Line(
                line.run(),
                line.name(),
                line.label(),
                line.kind(),
                line.colour(),
                line.branch(),
                line.variant(),
                false,
                line.series());
    }

    private static Chart chart(String id, Axis.Linear steps, List<Chart.Line> left, List<Chart.Line> right) {
        List<Chart.Line> all = new ArrayList<>(left);
        all.addAll(right);
        if (all.isEmpty()) {
            return new Chart(id, steps, new Axis.Linear(0, 1), BilingualText.NONE, null, BilingualText.NONE, List.of());
        }
        return new Chart(
                id,
                steps,
                axis(left),
                title(left),
                right.isEmpty() ? null : axis(right),
                right.isEmpty() ? BilingualText.NONE : title(right),
                all);
    }

    private static BilingualText title(List<Chart.Line> lines) {
        return BilingualText.of(String.join(
                ", ",
                lines.stream().map(line -> line.label().english()).distinct().toList()));
    }

    private static Axis axis(List<Chart.Line> lines) {
        double[] values = values(lines);
        return Axis.linearAround(values[0], values[values.length - 1]);
    }

    private static void addEvals(
            List<Chart> charts,
            List<Strand> strands,
            Axis.Linear steps,
            String id,
            BilingualText label,
            ToDoubleFunction<EvalEvent> value) {
        List<Chart.Line> lines = new ArrayList<>();
        for (Strand strand : strands) {
            Series series = series(strand, value);
            if (series.size() > 0) {
                lines.add(strand.line(label, Chart.Kind.CURVE, 0, false, series));
            }
        }
        if (!lines.isEmpty()) {
            charts.add(new Chart(id, steps, axis(lines), label, null, BilingualText.NONE, lines));
        }
    }

    /** The finite values of evaluations. */
    private static Series series(Strand strand, ToDoubleFunction<EvalEvent> value) {
        List<EvalEvent> evals = strand.evals().stream()
                .filter(eval -> Double.isFinite(value.applyAsDouble(eval)))
                .toList();
        return Series.of(evals, EvalEvent::step, value).thinned(Series.buckets(1));
    }

    private static double score(EvalEvent eval, String name) {
        return eval.scores().getOrDefault(name, Double.NaN);
    }

    private static BilingualText label(String score) {
        return BilingualText.of(score.toUpperCase(Locale.ROOT));
    }

    /** The finite values of lines, ascending. */
    static double[] values(List<Chart.Line> lines) {
        return lines.stream()
                .flatMapToDouble(line -> Arrays.stream(line.series().values()))
                .filter(Double::isFinite)
                .sorted()
                .toArray();
    }
}
