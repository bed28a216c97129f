package dev.stride.report;

import dev.stride.experiment.StepEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;

/**
 * The gradient norms before clipping, the norm that they are clipped to, and the clip rate: the share of updates whose
 * norm was above that.
 */
final class NormChart {
    /** The clip rate counts at least so many updates. */
    private static final int LEAST_WINDOW = 10;

    private static final double PERCENT = 100;

    private NormChart() {}

    /** How many of the last updates the clip rate counts, in runs of at most so many. */
    static int window(int updates) {
        return Math.max(LEAST_WINDOW, RateLossChart.window(updates));
    }

    /** The chart; null where no update was made. The norms' axis is logarithmic where they span a decade. */
    static @Nullable Chart of(List<Strand> strands, Axis.Linear steps, int window) {
        List<Chart.Line> norms = new ArrayList<>();
        List<Chart.Line> clips = new ArrayList<>();
        List<Chart.Line> rates = new ArrayList<>();
        for (Strand strand : strands) {
            Series norm = Series.of(strand.steps(), StepEvent::step, StepEvent::gradNorm);
            if (norm.size() == 0) {
                continue;
            }
            norms.add(strand.line(BilingualText.of(Words.GRAD_NORM), Chart.Kind.NORM, 3, false, norm));
            Double clip = strand.clip();
            if (clip != null) {
                long[] ends = {norm.steps()[0], norm.steps()[norm.size() - 1]};
                Series level = new Series(ends, new double[] {clip, clip});
                clips.add(strand.line(BilingualText.of(Words.CLIP), Chart.Kind.CLIP, 3, false, level));
                BilingualText label = BilingualText.of(Words.CLIP_RATE);
                rates.add(strand.line(label, Chart.Kind.CLIP_RATE, 6, true, clipRate(norm, clip, window)));
            }
        }
        double[] seen = DoubleStream.concat(
                        Arrays.stream(MetricCharts.values(norms)), Arrays.stream(MetricCharts.values(clips)))
                .sorted()
                .toArray();
        if (seen.length == 0) {
            return null;
        }
        List<Chart.Line> lines = new ArrayList<>();
        List.of(clips, norms, rates).forEach(lines::addAll);
        int buckets = Series.buckets(norms.size() + rates.size());
        return new Chart(
                "grad-norm",
                steps,
                axis(seen),
                BilingualText.of(Words.GRAD_NORM),
                rates.isEmpty() ? null : new Axis.Linear(0, PERCENT),
                rates.isEmpty() ? BilingualText.NONE : BilingualText.of(Words.CLIP_RATE),
                lines.stream().map(line -> line.thinned(buckets)).toList());
    }

    private static Axis axis(double[] seen) {
        double high = seen[seen.length - 1];
        double low = Arrays.stream(seen).filter(norm -> norm > 0).min().orElse(high);
        return high > 0 && high >= 10 * low
                ? Axis.logAround(low, high)
                : new Axis.Linear(0, Math.max(high, 1e-12) * 1.08);
    }

    /**
     * At every update the percentage of the last {@code window} updates whose norm was above the clip; at the beginning of
     * all so far, from {@value #LEAST_WINDOW} on, since the share of a few says nothing. A norm that is not a number counts
     * as not above.
     */
    static Series clipRate(Series norms, double clip, int window) {
        double[] rate = new double[norms.size()];
        int above = 0;
        for (int i = 0; i < rate.length; i++) {
            above += norms.values()[i] > clip ? 1 : 0;
            if (i >= window) {
                above -= norms.values()[i - window] > clip ? 1 : 0;
            }
            rate[i] = i + 1 < LEAST_WINDOW ? Double.NaN : PERCENT * above / Math.min(window, i + 1);
        }
        return new Series(norms.steps(), rate);
    }
}
