package dev.stride.report;

import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.NoteEvent;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.SkipEvent;
import dev.stride.experiment.StepEvent;
import dev.stride.experiment.VerdictEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;

/**
 * The chart that matters most, made from runs: the loss and the learning rate over the same steps, planned and used.
 *
 * @param chart what is drawn
 * @param numUpdates updates of all runs
 * @param numDrawn how many of them are drawn
 * @param smoothing points that the smooth line averages over, or 0 where the runs are too short for one
 * @param lossLimit losses above it lie outside the chart, or null where all are inside
 * @param numEvents events that could be marked; the chart marks the first of them
 */
record RateLossChart(
        Chart chart,
        int numUpdates,
        int numDrawn,
        int smoothing,
        @Nullable Double lossLimit,
        int numEvents) {
    /** A line wider than this many stretches of steps shows nothing more on a screen. */
    private static final int BUCKETS = 700;

    private static final int MIN_TO_SMOOTH = 20;
    private static final int MAX_MARKS = 40;

    static RateLossChart of(List<ReportRun> runs) {
        int longest = runs.stream().mapToInt(run -> run.steps().size()).max().orElse(0);
        int smoothing = longest < MIN_TO_SMOOTH ? 0 : Math.max(5, Math.min(100, longest / 20));
        List<Chart.Line> planned = new ArrayList<>();
        List<Chart.Line> rates = new ArrayList<>();
        List<Chart.Line> raw = new ArrayList<>();
        List<Chart.Line> smooth = new ArrayList<>();
        List<Chart.Line> points = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            ReportRun run = runs.get(i);
            int rateColour = runs.size() == 1 ? 1 : i;
            Series plan = Series.of(run.planned(), RatePoint::step, RatePoint::lr);
            add(
                    planned,
                    new Chart.Line(
                            i, run.name(), words(Words.LEGEND_PLANNED), Chart.Kind.PLANNED, rateColour, 0, true, plan));
            rates.addAll(rateLines(i, run, rateColour));
            Series loss = Series.of(run.steps(), StepEvent::step, StepEvent::loss);
            add(raw, new Chart.Line(i, run.name(), words(Words.LOSS), Chart.Kind.RAW, i, 0, false, loss));
            if (smoothing > 0) {
                add(
                        smooth,
                        new Chart.Line(
                                i,
                                run.name(),
                                words(Words.LOSS),
                                Chart.Kind.SMOOTH,
                                i,
                                0,
                                false,
                                loss.smoothed(smoothing)));
            }
            add(
                    points,
                    new Chart.Line(
                            i,
                            run.name(),
                            words(Words.LEGEND_EVAL),
                            Chart.Kind.POINTS,
                            i,
                            0,
                            false,
                            Series.of(run.evals(), EvalEvent::step, EvalEvent::loss)));
        }
        Double lossLimit = lossLimit(raw);
        List<Chart.Line> whole = new ArrayList<>();
        List.of(planned, rates, raw, smooth, points).forEach(whole::addAll);
        List<Chart.Line> drawn = whole.stream().map(RateLossChart::thinned).toList();
        List<Chart.Mark> marks = marks(runs);
        Chart chart = new Chart(
                "rate-loss",
                new Axis.Linear(0, lastStep(whole)),
                lossAxis(whole, lossLimit),
                words(Words.LOSS),
                rateAxis(runs, whole),
                words(Words.LEARNING_RATE),
                drawn,
                marks.subList(0, Math.min(MAX_MARKS, marks.size())));
        return new RateLossChart(
                chart,
                numPoints(raw),
                numPoints(drawn.stream()
                        .filter(line -> line.kind() == Chart.Kind.RAW)
                        .toList()),
                smoothing,
                lossLimit,
                marks.size());
    }

    static BilingualText words(Words words, Object... values) {
        return new BilingualText(words.in(Language.ENGLISH, values), words.in(Language.CHINESE, values));
    }

    /** The last step of any line, at least 1. */
    private static double lastStep(List<Chart.Line> lines) {
        return lines.stream()
                .mapToDouble(line -> line.series().steps()[line.series().size() - 1])
                .reduce(1, Math::max);
    }

    private static void add(List<Chart.Line> lines, Chart.Line line) {
        if (line.series().size() > 0) {
            lines.add(line);
        }
    }

    private static Chart.Line thinned(Chart.Line line) {
        return new Chart.Line(
                line.run(),
                line.name(),
                line.label(),
                line.kind(),
                line.colour(),
                line.variant(),
                line.onRight(),
                line.series().thinned(BUCKETS));
    }

    private static int numPoints(List<Chart.Line> lines) {
        return lines.stream().mapToInt(line -> line.series().size()).sum();
    }

    /** One line for every set of parameter groups that share their rates bit for bit. */
    private static List<Chart.Line> rateLines(int index, ReportRun run, int colour) {
        List<StepEvent> steps = run.steps();
        Map<List<Double>, List<String>> groupsByRates = new LinkedHashMap<>();
        if (!steps.isEmpty()) {
            for (String group : steps.get(0).lr().keySet()) {
                List<Double> rates = steps.stream()
                        .map(step -> step.lr().getOrDefault(group, Double.NaN))
                        .toList();
                groupsByRates.computeIfAbsent(rates, key -> new ArrayList<>()).add(group);
            }
        }
        List<Chart.Line> lines = new ArrayList<>();
        groupsByRates.forEach((rates, groups) -> {
            String which = groupsByRates.size() == 1 ? "" : " (" + String.join(", ", groups) + ")";
            BilingualText label = new BilingualText(
                    Words.LEARNING_RATE.in(Language.ENGLISH) + which, Words.LEARNING_RATE.in(Language.CHINESE) + which);
            Series series = new Series(
                    steps.stream().mapToLong(StepEvent::step).toArray(),
                    rates.stream().mapToDouble(Double::doubleValue).toArray());
            lines.add(new Chart.Line(index, run.name(), label, Chart.Kind.RATE, colour, lines.size(), true, series));
        });
        return lines;
    }

    /**
     * A run that flew apart must not flatten all others: twice the highest loss that any run began with is enough, if
     * something lies above that.
     */
    private static @Nullable Double lossLimit(List<Chart.Line> losses) {
        double begin = losses.stream()
                .mapToDouble(line -> line.series().values()[0])
                .filter(Double::isFinite)
                .max()
                .orElse(Double.NaN);
        boolean above = losses.stream()
                .flatMapToDouble(line -> Arrays.stream(line.series().values()))
                .anyMatch(loss -> Double.isFinite(loss) && loss > 2 * begin);
        return above && begin > 0 ? 2 * begin : null;
    }

    private static Axis lossAxis(List<Chart.Line> lines, @Nullable Double limit) {
        double[] losses = lines.stream()
                .filter(line -> !line.onRight())
                .flatMapToDouble(line -> Arrays.stream(line.series().values()))
                .filter(loss -> Double.isFinite(loss) && (limit == null || loss <= limit))
                .sorted()
                .toArray();
        if (losses.length == 0) {
            return new Axis.Linear(0, 1);
        }
        Axis axis = Axis.linearAround(losses[0], losses[losses.length - 1]);
        return losses[0] >= 0 && axis.low() < 0 ? new Axis.Linear(0, axis.high()) : axis;
    }

    /**
     * Linear shows the shape of a schedule, so it is the rule. Logarithmic is for rates that span decades on purpose:
     * the peaks of the runs lie a factor of ten or more apart, or, as in a search for the rate, the upper nine tenths of
     * a run's own rates lie a hundred times above the lowest tenth.
     */
    private static Axis rateAxis(List<ReportRun> runs, List<Chart.Line> lines) {
        double[] peaks = runs.stream()
                .map(RunTable::peakRate)
                .filter(peak -> peak != null && peak > 0)
                .mapToDouble(peak -> peak == null ? 0 : peak)
                .sorted()
                .toArray();
        double highest = rates(lines.stream()).max().orElse(1);
        if (peaks.length == 0 || highest <= 0) {
            return new Axis.Linear(0, 1);
        }
        boolean peaksApart = peaks[peaks.length - 1] >= peaks[0] * (10 - 1e-6);
        if (!peaksApart && lines.stream().noneMatch(RateLossChart::spansDecades)) {
            return new Axis.Linear(0, highest * 1.08);
        }
        double lowest = rates(lines.stream()).filter(rate -> rate > 0).min().orElse(highest / 10);
        double floor = peaksApart ? Math.max(lowest, peaks[0] / 100) : lowest;
        return Axis.logAround(floor, highest * 1.05);
    }

    private static DoubleStream rates(java.util.stream.Stream<Chart.Line> lines) {
        return lines.filter(Chart.Line::onRight)
                .flatMapToDouble(line -> Arrays.stream(line.series().values()))
                .filter(Double::isFinite);
    }

    private static boolean spansDecades(Chart.Line line) {
        double[] rates = rates(java.util.stream.Stream.of(line))
                .filter(rate -> rate > 0)
                .sorted()
                .toArray();
        return rates.length >= 10 && rates[rates.length * 9 / 10] >= 100 * rates[rates.length / 10];
    }

    private static List<Chart.Mark> marks(List<ReportRun> runs) {
        List<Chart.Mark> marks = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            for (RunEvent event : runs.get(i).events()) {
                int number = marks.size() + 1;
                if (event instanceof VerdictEvent verdict) {
                    BilingualText label = words(Words.VERDICT, verdict.monitor(), verdict.action());
                    marks.add(new Chart.Mark(number, i, verdict.step(), label, verdict.reason()));
                } else if (event instanceof SkipEvent skip) {
                    marks.add(new Chart.Mark(number, i, skip.step(), words(Words.SKIP), skip.reason()));
                } else if (event instanceof NoteEvent note) {
                    marks.add(new Chart.Mark(number, i, note.step(), words(Words.NOTE), note.text()));
                }
            }
        }
        return marks;
    }
}
