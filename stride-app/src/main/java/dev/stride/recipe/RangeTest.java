package dev.stride.recipe;

import dev.stride.config.Numbers;
import dev.stride.recipe.RangeAnswer.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The arithmetic of a range test: a few updates at each of many rising rates, and what the loss says about them.
 *
 * <p>The idea is Smith's (arXiv 1506.01186); read as here, on the logarithm of the rate, as in fastai. A range test says
 * reliably where training diverges, and only roughly which rate is best: so the suggestion is where the median of several
 * passes falls most, and at most a tenth of the ceiling.
 */
public final class RangeTest {
    /** Passes whose median is read. */
    public static final int PASSES = 3;
    /** The multiple of its lowest smoothed value at which the loss ends a pass. */
    public static final double STOP_MULTIPLE = 4;
    /** Smoothing of the loss that ends a pass: about the last five updates. */
    public static final double STOP_BETA = 0.8;

    /** The share of the points that tell where the loss starts. */
    public static final double START_SHARE = 0.1;

    /** How far below the ceiling the suggestion stays. */
    private static final double BELOW_CEILING = 10;

    private static final int MIN_POINTS = 12;
    /** The loss diverges where it has given back this share of its fall. */
    private static final double RISE_SHARE = 0.5;
    /** A fall counts if it is so many times as large as the fit is uncertain. */
    private static final double CERTAIN = 5;
    /** A fall so many times as large as the fit is uncertain leaves nothing to doubt. */
    private static final double CLEAR = 12;
    /** A smaller share of the loss is no fall, even without any noise. */
    private static final double LEAST_FALL = 0.002;
    /** Passes that are so many decades apart say nothing together. */
    private static final double MAX_SPREAD = 1.5;
    /** What one pass alone can be trusted. */
    private static final double ONE_PASS = 0.5;

    private RangeTest() {}

    /**
     * The rates of a pass: {@code steps} of them from {@code low} to {@code high}, each the same factor above the one
     * before.
     */
    public static List<Double> rates(double low, double high, int steps) {
        if (!(low > 0 && low < high) || steps < 2) {
            throw new IllegalArgumentException(steps + " rates from " + low + " to " + high);
        }
        List<Double> rates = new ArrayList<>();
        for (int i = 0; i < steps; i++) {
            rates.add(i == steps - 1 ? high : low * Math.pow(high / low, i / (steps - 1.0)));
        }
        return rates;
    }

    /**
     * What the passes say together.
     *
     * @param passes over the same rates, at least one
     * @param schedule the shape that the advice is for, for example {@code cosine to 0, warm-up 12 of 189 updates}
     */
    public static RangeAnswer answer(List<RangeCurve> passes, String schedule) {
        RangeCurve curve = RangeCurve.median(passes);
        if (curve.size() < MIN_POINTS) {
            String last = curve.size() == 0
                    ? "at the very first rate"
                    : "at " + RangeAnswer.rate(curve.rates().get(curve.size() - 1));
            return none(
                    Outcome.TOO_SHORT,
                    null,
                    "the passes ended after " + curve.size() + " rates, because the loss was "
                            + (curve.end() == RangeCurve.End.NOT_FINITE ? "not finite " : "far above its lowest value ")
                            + last + "; at least " + MIN_POINTS + " are needed. Lower --find-low.");
        }
        Reading reading = Reading.of(curve);
        if (reading.fall() < reading.leastFall()) {
            return none(
                    Outcome.FLAT,
                    reading,
                    "the loss fell at no rate from "
                            + RangeAnswer.rate(curve.rates().get(0))
                            + " to " + RangeAnswer.rate(curve.rates().get(curve.size() - 1)) + ": it starts at "
                            + Numbers.text(reading.start()) + ", its lowest is " + Numbers.text(reading.lowest())
                            + ", and one point is uncertain by " + Numbers.text(reading.noise())
                            + ". Take more rows an update (--batch) or more rates (--find-steps); a model that has"
                            + " learned the data has nothing to fall to.");
        }
        if (reading.ceiling() == null) {
            return none(
                    Outcome.NO_DIVERGENCE,
                    reading,
                    "the loss fell to " + Numbers.text(reading.lowest()) + " and never rose again up to "
                            + RangeAnswer.rate(curve.rates().get(curve.size() - 1))
                            + ", so the ceiling lies above. Raise --find-high.");
        }
        List<Double> single = new ArrayList<>();
        for (RangeCurve pass : passes) {
            if (pass.size() >= MIN_POINTS) {
                single.add(Reading.of(pass).suggestion());
            }
        }
        double spread = spread(single);
        double certainty = Math.min(1, reading.fall() / (CLEAR * reading.uncertainty()));
        double agreement = passes.size() == 1 ? ONE_PASS : Math.max(0, 1 - spread / MAX_SPREAD);
        if (agreement == 0) {
            return none(
                    Outcome.TOO_NOISY,
                    reading,
                    "the passes disagree, alone they would say "
                            + single.stream().map(RangeAnswer::rate).collect(Collectors.joining(", "))
                            + ". Take more rows an update (--batch) or more rates (--find-steps).");
        }
        return found(reading, single, certainty * agreement, schedule);
    }

    /** The median of the passes for a terminal, with suggestion and ceiling; empty where there is no curve. */
    public static String draw(List<RangeCurve> passes, RangeAnswer answer, int width, int height) {
        return passes.isEmpty() ? "" : RangeDrawing.of(RangeCurve.median(passes), answer, width, height);
    }

    private static RangeAnswer found(Reading reading, List<Double> single, double confidence, String schedule) {
        double ceiling = Objects.requireNonNull(reading.ceiling());
        double suggestion = reading.suggestion();
        boolean capped = suggestion < reading.steepest();
        String sentence = "Use a peak of about " + RangeAnswer.rate(suggestion) + " with this schedule (" + schedule
                + "), and never one above " + RangeAnswer.rate(ceiling) + ", where training diverges; confidence "
                + RangeAnswer.confidenceText(confidence) + ". The suggestion is "
                + (capped
                        ? "a tenth of that ceiling: the loss falls most at " + RangeAnswer.rate(reading.steepest())
                                + ", too near to it"
                        : "where the loss falls most")
                + "; alone the passes would say "
                + single.stream().map(RangeAnswer::rate).collect(Collectors.joining(", "))
                + ". The loss is lowest at " + RangeAnswer.rate(reading.lowestAt())
                + ": a sweep should look between the two. A schedule that stays at its peak for longer needs a lower"
                + " one.";
        return new RangeAnswer(
                Outcome.ANSWER,
                suggestion,
                ceiling,
                reading.lowestAt(),
                reading.steepest(),
                confidence,
                reading.start(),
                reading.lowest(),
                reading.noise(),
                single,
                sentence);
    }

    private static RangeAnswer none(Outcome outcome, @Nullable Reading reading, String reason) {
        return new RangeAnswer(
                outcome,
                null,
                reading == null || outcome == Outcome.FLAT ? null : reading.ceiling(),
                reading == null || outcome == Outcome.FLAT ? null : (Double) reading.lowestAt(),
                reading == null || outcome == Outcome.FLAT ? null : (Double) reading.steepest(),
                0,
                reading == null ? Double.NaN : reading.start(),
                reading == null ? Double.NaN : reading.lowest(),
                reading == null ? Double.NaN : reading.noise(),
                List.of(),
                "No answer: " + reason);
    }

    /** Decades between the lowest and the highest. */
    private static double spread(List<Double> rates) {
        double low = rates.stream().mapToDouble(Math::log10).min().orElse(0);
        double high = rates.stream().mapToDouble(Math::log10).max().orElse(0);
        return high - low;
    }

    /**
     * What one curve shows.
     *
     * @param ceiling null where the loss does not rise behind its lowest point
     */
    private record Reading(
            double start,
            double lowest,
            double lowestAt,
            double steepest,
            @Nullable Double ceiling,
            double noise,
            double uncertainty) {
        static Reading of(RangeCurve curve) {
            int n = curve.size();
            double start = median(curve.losses().subList(0, Math.max(3, (int) Math.ceil(START_SHARE * n))));
            SmoothedCurve smoothed = SmoothedCurve.of(curve, 2 * start);
            double[] values = smoothed.values();
            int bottom = 0;
            for (int i = 1; i < n; i++) {
                bottom = values[i] < values[bottom] ? i : bottom;
            }
            double uncertainty = smoothed.uncertainty(curve);
            double rise = RISE_SHARE * (start - values[bottom]);
            int last = bottom;
            while (last + 1 < n && values[last + 1] <= values[bottom] + rise) {
                last++;
            }
            boolean rose = last + 1 < n || curve.end() != RangeCurve.End.HIGHEST_RATE;
            int steepest = 0;
            for (int i = 1; i <= bottom; i++) {
                steepest = smoothed.slopes()[i] < smoothed.slopes()[steepest] ? i : steepest;
            }
            return new Reading(
                    start,
                    values[bottom],
                    curve.rates().get(bottom),
                    curve.rates().get(steepest),
                    rose ? curve.rates().get(last) : null,
                    smoothed.noise(),
                    uncertainty);
        }

        double fall() {
            return start - lowest;
        }

        double leastFall() {
            return Math.max(CERTAIN * uncertainty, LEAST_FALL * Math.abs(start));
        }

        double suggestion() {
            return ceiling == null ? steepest : Math.min(steepest, ceiling / BELOW_CEILING);
        }

        private static double median(List<Double> losses) {
            List<Double> sorted = losses.stream().sorted().toList();
            return sorted.get(sorted.size() / 2);
        }
    }
}
