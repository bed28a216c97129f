package dev.stride.report;

import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.StepEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * The smaller charts of a report: one for each validation metric, and one of the gradient norms. They
 * share the first chart's axis of steps, so that what lies below each other happened together.
 */
final class MetricCharts {
    private static final int BUCKETS = 700;

    private MetricCharts() {}

    /** The validation loss, then every score; none where nothing was evaluated. */
    static List<Chart> validation(List<ReportRun> runs, Axis.Linear steps) {
        List<Chart> charts = new ArrayList<>();
        addEvals(charts, runs, steps, "eval-loss", RateLossChart.words(Words.VALIDATION_LOSS), EvalEvent::loss);
        List<String> scores = RunTable.scoreNames(runs);
        for (int i = 0; i < scores.size(); i++) {
            String score = scores.get(i);
            addEvals(
                    charts,
                    runs,
                    steps,
                    "eval-" + i,
                    BilingualText.of(score.toUpperCase(Locale.ROOT)),
                    eval -> eval.scores().getOrDefault(score, Double.NaN));
        }
        return charts;
    }

    /** The gradient norms before clipping, logarithmic where they span decades; none where no update was made. */
    static List<Chart> gradNorm(List<ReportRun> runs, Axis.Linear steps) {
        BilingualText label = RateLossChart.words(Words.GRAD_NORM);
        List<Chart.Line> lines = lines(
                runs,
                label,
                Chart.Kind.RATE,
                run -> Series.of(run.steps(), StepEvent::step, StepEvent::gradNorm)
                        .thinned(BUCKETS));
        double[] norms = values(lines);
        if (norms.length == 0) {
            return List.of();
        }
        boolean decades = norms[0] > 0 && norms[norms.length - 1] >= 10 * norms[0];
        Axis axis = decades
                ? Axis.logAround(norms[0], norms[norms.length - 1])
                : new Axis.Linear(0, Math.max(norms[norms.length - 1], 1e-12) * 1.08);
        return List.of(chart("grad-norm", steps, label, axis, lines));
    }

    private static void addEvals(
            List<Chart> charts,
            List<ReportRun> runs,
            Axis.Linear steps,
            String id,
            BilingualText label,
            ToDoubleFunction<EvalEvent> value) {
        List<Chart.Line> lines = lines(runs, label, Chart.Kind.CURVE, run -> {
            List<EvalEvent> evals = run.evals().stream()
                    .filter(eval -> Double.isFinite(value.applyAsDouble(eval)))
                    .toList();
            return Series.of(evals, EvalEvent::step, value);
        });
        double[] values = values(lines);
        if (values.length > 0) {
            charts.add(chart(id, steps, label, Axis.linearAround(values[0], values[values.length - 1]), lines));
        }
    }

    private static List<Chart.Line> lines(
            List<ReportRun> runs, BilingualText label, Chart.Kind kind, Function<ReportRun, Series> series) {
        List<Chart.Line> lines = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            Series values = series.apply(runs.get(i));
            if (values.size() > 0) {
                lines.add(new Chart.Line(i, runs.get(i).name(), label, kind, i, 0, false, values));
            }
        }
        return lines;
    }

    private static double[] values(List<Chart.Line> lines) {
        return lines.stream()
                .flatMapToDouble(line -> Arrays.stream(line.series().values()))
                .filter(Double::isFinite)
                .sorted()
                .toArray();
    }

    private static Chart chart(String id, Axis.Linear steps, BilingualText label, Axis axis, List<Chart.Line> lines) {
        return new Chart(id, steps, axis, label, null, BilingualText.NONE, lines, List.of());
    }
}
