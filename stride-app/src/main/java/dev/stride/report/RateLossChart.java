package dev.stride.report;

import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.StepEvent;
import java.nio.DoubleBuffer;
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
 * @param rateFloor rates below it lie outside the chart, or null where all are inside
 */
record RateLossChart(
        Chart chart,
        int numUpdates,
        int numDrawn,
        int smoothing,
        @Nullable Double lossLimit,
        @Nullable Double rateFloor) {
    private static final int MIN_TO_SMOOTH = 20;
    private static final int LEAST_SMOOTHING = 5;

    /** A schedule that ends at 0 would stretch a logarithmic axis without end. */
    private static final double SHOWN_BELOW_PEAK = 100;

    /** The colours of the first groups of parameters, where a run is alone. */
    private static final int[] RATE_COLOURS = {1, 4, 2, 5};

    static RateLossChart of(List<ReportRun> runs) {
        return ofStrands(Strand.of(runs));
    }

    static RateLossChart ofStrands(List<Strand> strands) {
        int longest =
                strands.stream().mapToInt(strand -> strand.steps().size()).max().orElse(0);
        int smoothing = longest < MIN_TO_SMOOTH ? 0 : Math.max(LEAST_SMOOTHING, window(longest));
        List<Chart.Line> planned = new ArrayList<>();
        List<Chart.Line> rates = new ArrayList<>();
        List<Chart.Line> raw = new ArrayList<>();
        List<Chart.Line> smooth = new ArrayList<>();
        List<Chart.Line> points = new ArrayList<>();
        for (Strand strand : strands) {
            Series plan = Series.of(strand.planned(), RatePoint::step, RatePoint::lr);
            add(planned, strand.line(BilingualText.of(Words.LEGEND_PLANNED), Chart.Kind.PLANNED, 1, true, plan));
            rates.addAll(rateLines(strand));
            BilingualText loss = BilingualText.of(Words.LOSS);
            Series losses = Series.of(strand.steps(), StepEvent::step, StepEvent::loss);
            add(raw, strand.line(loss, Chart.Kind.RAW, 0, false, losses));
            if (smoothing > 0) {
                add(smooth, strand.line(loss, Chart.Kind.SMOOTH, 0, false, losses.smoothed(smoothing)));
            }
            Series evals = Series.of(strand.evals(), EvalEvent::step, EvalEvent::loss);
            add(points, strand.line(BilingualText.of(Words.LEGEND_EVAL), Chart.Kind.POINTS, 0, false, evals));
        }
        Double lossLimit = lossLimit(raw);
        List<Chart.Line> whole = new ArrayList<>();
        List.of(planned, rates, raw, smooth, points).forEach(whole::addAll);
        int buckets = Series.buckets(whole.size());
        List<Chart.Line> drawn =
                whole.stream().map(line -> line.thinned(buckets)).toList();
        Axis rateAxis = rateAxis(whole);
        boolean below = rateAxis instanceof Axis.Log && rates(whole).anyMatch(rate -> rate < rateAxis.low());
        Chart chart = new Chart(
                "rate-loss",
                new Axis.Linear(0, lastStep(whole)),
                lossAxis(whole, lossLimit),
                BilingualText.of(Words.LOSS),
                rateAxis,
                BilingualText.of(Words.LEARNING_RATE),
                drawn);
        return new RateLossChart(
                chart,
                numPoints(raw),
                numPoints(drawn.stream()
                        .filter(line -> line.kind() == Chart.Kind.RAW)
                        .toList()),
                smoothing,
                lossLimit,
                below ? rateAxis.low() : null);
    }

    /** How many of so many updates a mean takes: a twentieth, in long runs a two-hundredth, of which a line is smooth. */
    static int window(int updates) {
        return Math.min(updates / 20, Math.max(100, updates / 200));
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

    private static int numPoints(List<Chart.Line> lines) {
        return lines.stream().mapToInt(line -> line.series().size()).sum();
    }

    /** One line for every set of parameter groups that share their rates bit for bit. */
    private static List<Chart.Line> rateLines(Strand strand) {
        List<StepEvent> steps = strand.steps();
        if (steps.isEmpty()) {
            return List.of();
        }
        long[] at = steps.stream().mapToLong(StepEvent::step).toArray();
        // buffers are equal where their numbers are
        Map<DoubleBuffer, List<String>> groupsByRates = new LinkedHashMap<>();
        for (String group : steps.get(0).lr().keySet()) {
            double[] rates = steps.stream()
                    .mapToDouble(step -> step.lr().getOrDefault(group, Double.NaN))
                    .toArray();
            groupsByRates
                    .computeIfAbsent(DoubleBuffer.wrap(rates), key -> new ArrayList<>())
                    .add(group);
        }
        List<Chart.Line> lines = new ArrayList<>();
        groupsByRates.forEach((rates, groups) -> {
            String which = groupsByRates.size() == 1 ? "" : " (" + String.join(", ", groups) + ")";
            BilingualText label = new BilingualText(
                    Words.LEARNING_RATE.in(Language.ENGLISH) + which, Words.LEARNING_RATE.in(Language.CHINESE) + which);
            int colour = RATE_COLOURS[lines.size() % RATE_COLOURS.length];
            lines.add(strand.line(label, Chart.Kind.RATE, colour, lines.size(), true, new Series(at, rates.array())));
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
     * Logarithmic, so that groups and runs whose rates are far apart can be read alike. It begins two decades below the
     * lowest peak of a line, or at the lowest rate where that is higher. In a search for the rate, which passes through
     * decades on purpose, it begins at the lowest rate.
     */
    private static Axis rateAxis(List<Chart.Line> lines) {
        double highest = rates(lines).max().orElse(0);
        if (highest <= 0) {
            return new Axis.Linear(0, 1);
        }
        double lowest = rates(lines).filter(rate -> rate > 0).min().orElse(highest);
        double lowestPeak = lines.stream()
                .mapToDouble(line -> rates(List.of(line)).max().orElse(0))
                .filter(peak -> peak > 0)
                .min()
                .orElse(highest);
        boolean search = lines.stream().anyMatch(RateLossChart::spansDecades);
        return Axis.logAround(search ? lowest : Math.max(lowest, lowestPeak / SHOWN_BELOW_PEAK), highest * 1.05);
    }

    private static DoubleStream rates(List<Chart.Line> lines) {
        return lines.stream()
                .filter(Chart.Line::onRight)
                .flatMapToDouble(line -> Arrays.stream(line.series().values()))
                .filter(Double::isFinite);
    }

    /** Whether the upper nine tenths of a line's rates lie a hundred times above its lowest tenth. */
    private static boolean spansDecades(Chart.Line line) {
        double[] rates = rates(List.of(line)).filter(rate -> rate > 0).sorted().toArray();
        return rates.length >= 10 && rates[rates.length * 9 / 10] >= 100 * rates[rates.length / 10];
    }
}
