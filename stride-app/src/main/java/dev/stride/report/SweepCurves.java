package dev.stride.report;

import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.StepEvent;
import dev.stride.search.SweepTrial;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The learning curves of all trials over the rates that they used, on one axis of steps. Each trial has the colour of its
 * place between the lowest and the highest value, and further seeds of a value are dashed. A trial that was taken up from
 * another begins at that step, where the other stood.
 *
 * @param figure what is drawn
 * @param keys one for each trial with a line, in the order of the trials
 * @param smoothing updates that a training loss is averaged over
 */
record SweepCurves(Figure figure, List<Legend.Entry> keys, int smoothing) {
    SweepCurves {
        keys = List.copyOf(keys);
    }

    static SweepCurves of(SweepData data) {
        Map<String, Integer> colours = new HashMap<>();
        Map<String, Integer> seeds = new HashMap<>();
        for (ScoreChart.Group group : ScoreChart.of(data).groups()) {
            for (int i = 0; i < group.trials().size(); i++) {
                colours.put(group.trials().get(i).name(), group.colour());
                seeds.put(group.trials().get(i).name(), i);
            }
        }
        int longest = data.trials().stream()
                .mapToInt(trial -> trial.run() == null ? 0 : trial.run().steps().size())
                .max()
                .orElse(0);
        int smoothing = Math.max(5, RateLossChart.window(longest));
        List<Chart.Line> pale = new ArrayList<>();
        List<Chart.Line> bold = new ArrayList<>();
        List<Chart.Line> ends = new ArrayList<>();
        List<Chart.Line> rates = new ArrayList<>();
        List<Legend.Entry> keys = new ArrayList<>();
        for (int i = 0; i < data.trials().size(); i++) {
            SweepData.Trial trial = data.trials().get(i);
            if (trial.run() == null || trial.run().events().isEmpty()) {
                continue;
            }
            int colour = colours.getOrDefault(trial.name(), Legend.GREY);
            int seed = seeds.getOrDefault(trial.name(), 0);
            Pencil pencil = new Pencil(i, trial.name(), colour, seed);
            keys.add(new Legend.Entry(Chart.Kind.CURVE, colour, seed, i, BilingualText.of(trial.name())));
            long from = trial.forked() == null ? -1 : trial.forked().step();
            Series losses = after(from, Series.of(trial.run().steps(), StepEvent::step, StepEvent::loss));
            pencil.add(pale, Words.TRAIN_SMOOTHED, Chart.Kind.TRAIN, losses.smoothed(smoothing));
            Series evals = after(from, Series.of(trial.run().evals(), EvalEvent::step, EvalEvent::loss));
            Series begun = forkPoint(data, trial);
            pencil.add(bold, Words.LEGEND_EVAL, Chart.Kind.CURVE, begun == null ? evals : joined(begun, evals));
            if (begun != null) {
                pencil.add(ends, Words.KEY_FORK, Chart.Kind.FORK, begun);
            }
            if (isEarly(trial)) {
                pencil.add(ends, Words.KEY_END, Chart.Kind.END, last(evals.size() > 0 ? evals : losses));
            }
            pencil.add(
                    rates,
                    Words.LEARNING_RATE,
                    Chart.Kind.RATE,
                    after(from, Series.of(trial.run().steps(), StepEvent::step, SweepCurves::rate)));
        }
        List<Chart.Line> losses = new ArrayList<>(pale);
        losses.addAll(bold);
        losses.addAll(ends);
        return new SweepCurves(figure(losses, rates), keys, smoothing);
    }

    private static Figure figure(List<Chart.Line> losses, List<Chart.Line> rates) {
        List<Chart.Line> all = new ArrayList<>(losses);
        all.addAll(rates);
        double last = all.stream()
                .mapToDouble(line -> line.series().steps()[line.series().size() - 1])
                .reduce(1, Math::max);
        Axis.Linear steps = new Axis.Linear(0, last);
        int buckets = Series.buckets(all.size());
        List<Chart> panels = new ArrayList<>();
        panels.add(new Chart(
                "curves",
                steps,
                lossAxis(losses),
                BilingualText.of(Words.LOSS),
                null,
                BilingualText.NONE,
                losses.stream().map(line -> line.thinned(buckets)).toList()));
        if (!rates.isEmpty()) {
            panels.add(new Chart(
                    "rates",
                    steps,
                    rateAxis(rates),
                    BilingualText.of(Words.LEARNING_RATE),
                    null,
                    BilingualText.NONE,
                    rates.stream().map(line -> line.thinned(buckets)).toList()));
        }
        return new Figure("curves", panels, List.of());
    }

    /** Makes the lines of one trial. */
    private record Pencil(int index, String name, int colour, int seed) {
        void add(List<Chart.Line> lines, Words label, Chart.Kind kind, Series series) {
            if (series.size() > 0) {
                lines.add(new Chart.Line(index, name, BilingualText.of(label), kind, colour, seed, 0, false, series));
            }
        }
    }

    static boolean isEarly(SweepData.Trial trial) {
        return trial.status() == SweepTrial.Status.PRUNED
                || trial.status() == SweepTrial.Status.STOPPED
                || trial.status() == SweepTrial.Status.FAILED;
    }

    /** The highest rate of any group: the peak's curve where groups have factors. */
    private static double rate(StepEvent step) {
        return step.lr().values().stream()
                .mapToDouble(Double::doubleValue)
                .max()
                .orElse(Double.NaN);
    }

    /** The points behind a step. */
    private static Series after(long step, Series series) {
        int from = 0;
        while (from < series.size() && series.steps()[from] <= step) {
            from++;
        }
        return part(series, from, series.size());
    }

    private static Series last(Series series) {
        return part(series, Math.max(0, series.size() - 1), series.size());
    }

    private static Series part(Series series, int from, int to) {
        return new Series(Arrays.copyOfRange(series.steps(), from, to), Arrays.copyOfRange(series.values(), from, to));
    }

    private static Series joined(Series first, Series second) {
        long[] steps = Arrays.copyOf(first.steps(), first.size() + second.size());
        double[] values = Arrays.copyOf(first.values(), steps.length);
        System.arraycopy(second.steps(), 0, steps, first.size(), second.size());
        System.arraycopy(second.values(), 0, values, first.size(), second.size());
        return new Series(steps, values);
    }

    /**
     * Where the trial that another was taken up from stood then: its validation loss at that step, else its smoothed
     * training loss. Null where it was not taken up, or the other is not there.
     */
    private static @Nullable Series forkPoint(SweepData data, SweepData.Trial trial) {
        SweepTrial.Fork fork = trial.forked();
        if (fork == null) {
            return null;
        }
        for (SweepData.Trial parent : data.trials()) {
            if (parent.name().equals(fork.from()) && parent.run() != null) {
                for (EvalEvent eval : parent.run().evals()) {
                    if (eval.step() == fork.step()) {
                        return new Series(new long[] {fork.step()}, new double[] {eval.loss()});
                    }
                }
                Series losses = Series.of(parent.run().steps(), StepEvent::step, StepEvent::loss)
                        .smoothed(5);
                for (int i = 0; i < losses.size(); i++) {
                    if (losses.steps()[i] == fork.step()) {
                        return new Series(new long[] {fork.step()}, new double[] {losses.values()[i]});
                    }
                }
            }
        }
        return null;
    }

    /** Around all losses but those of a trial that flew apart, which may be as high as twice the first ones. */
    private static Axis lossAxis(List<Chart.Line> lines) {
        double begin = lines.stream()
                .filter(line -> line.kind() == Chart.Kind.CURVE || line.kind() == Chart.Kind.TRAIN)
                .mapToDouble(line -> line.series().values()[0])
                .filter(Double::isFinite)
                .max()
                .orElse(Double.POSITIVE_INFINITY);
        double[] losses = lines.stream()
                .flatMapToDouble(line -> Arrays.stream(line.series().values()))
                .filter(loss -> Double.isFinite(loss) && loss <= 1.15 * Math.abs(begin))
                .sorted()
                .toArray();
        return losses.length == 0 ? new Axis.Linear(0, 1) : Axis.linearAround(losses[0], losses[losses.length - 1]);
    }

    private static Axis rateAxis(List<Chart.Line> lines) {
        double[] peaks = lines.stream()
                .mapToDouble(line -> Arrays.stream(line.series().values()).max().orElse(0))
                .filter(peak -> peak > 0)
                .sorted()
                .toArray();
        // schedules that end at 0 would stretch a logarithmic axis without end
        return peaks.length == 0
                ? new Axis.Linear(0, 1)
                : Axis.logAround(peaks[0] / 10, peaks[peaks.length - 1] * 1.05);
    }
}
