package dev.stride.report;

import dev.stride.search.SweepResult;
import dev.stride.search.SweepTrial;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The score of each trial against the rate, or against whatever else is varied: a point for each value, its interval, the
 * fitted parabola with its best place, and the range that is as good as the answer.
 *
 * @param groups one for each value, from low to high
 * @param across the axis of the values
 * @param up the axis of the scores
 * @param fit the parabola, or null where there is none
 * @param band the least and the greatest value that are as good, or null
 * @param data what is shown
 */
record ScoreChart(
        List<Group> groups,
        Axis across,
        Axis up,
        @Nullable Fit fit,
        @Nullable Band band,
        SweepData data) {
    /** What the sides of the plot are beyond the outermost values: half a step of the default grid. */
    private static final double AIR = 1.8;

    /** Decades around the best place in which a parabola is a fair picture of the results. */
    static final double FIT_REACH = 1.05;

    ScoreChart {
        groups = List.copyOf(groups);
    }

    /** A parabola over the logarithm of the value: {@code level + bend * (log10 x - log10 best)^2}. */
    record Fit(double best, double level, double bend) {
        double at(double x) {
            double distance = Math.log10(x / best);
            return level + bend * distance * distance;
        }
    }

    /** A range of values, in their own unit. */
    record Band(double low, double high) {}

    /**
     * The trials of one value.
     *
     * @param x the place on the axis
     * @param label the value as it was given
     * @param colour by its place in the order
     * @param trials with as many seeds
     * @param whole whether all were trained to their end
     * @param score mean of their scores; NaN where none is finite
     * @param low end of the interval; NaN where unknown
     * @param high end of the interval
     */
    record Group(
            double x,
            String label,
            int colour,
            List<SweepData.Trial> trials,
            boolean whole,
            double score,
            double low,
            double high) {
        Group {
            trials = List.copyOf(trials);
        }

        boolean hasSeeds() {
            return trials.size() > 1;
        }
    }

    static ScoreChart of(SweepData data) {
        List<Group> groups = groups(data);
        double limit = limit(data);
        Axis across = across(data, groups);
        double[] shown = groups.stream()
                .flatMapToDouble(group -> Arrays.stream(new double[] {group.score(), group.low(), group.high()}))
                .filter(score -> Double.isFinite(score) && !data.isBetter(limit, score))
                .sorted()
                .toArray();
        Fit fit = fit(data, groups, limit);
        // the bottom of the valley may lie between the rates that were tried
        double turn = fit == null ? Double.NaN : fit.level();
        Axis up = shown.length == 0
                ? new Axis.Linear(0, 1)
                : Axis.linearAround(
                        fit == null ? shown[0] : Math.min(shown[0], turn),
                        fit == null ? shown[shown.length - 1] : Math.max(shown[shown.length - 1], turn));
        return new ScoreChart(groups, across, up, fit, band(data), data);
    }

    /** The place of a trial on the axis: its rate, its number, or its place in the list. */
    private static double place(SweepData data, SweepData.Trial trial, int index) {
        if (data.vary().equals("lr")) {
            return trial.lr();
        }
        try {
            double number = Double.parseDouble(trial.value());
            return number > 0 ? number : index + 1;
        } catch (NumberFormatException notANumber) {
            // mixtures of data stand beside each other in their order
            return index + 1;
        }
    }

    private static List<Group> groups(SweepData data) {
        Map<String, List<SweepData.Trial>> byValue = new LinkedHashMap<>();
        Map<String, Double> places = new LinkedHashMap<>();
        for (SweepData.Trial trial : data.trials()) {
            byValue.computeIfAbsent(trial.value(), value -> new ArrayList<>()).add(trial);
            places.putIfAbsent(trial.value(), place(data, trial, places.size()));
        }
        List<String> values = byValue.keySet().stream()
                .filter(value -> places.getOrDefault(value, 0.0) > 0)
                .sorted(Comparator.comparingDouble(value -> places.getOrDefault(value, 0.0)))
                .toList();
        List<Group> groups = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            List<SweepData.Trial> trials = Objects.requireNonNull(byValue.get(values.get(i)));
            groups.add(group(
                    data,
                    places.getOrDefault(values.get(i), 1.0),
                    values.get(i),
                    Ramp.colour(i, values.size()),
                    trials));
        }
        return groups;
    }

    private static Group group(SweepData data, double x, String label, int colour, List<SweepData.Trial> trials) {
        List<SweepData.Trial> ended = trials.stream()
                .filter(trial -> trial.status() == SweepTrial.Status.FINISHED)
                .toList();
        // an early score says less than one of the end, so the two are never averaged
        List<SweepData.Trial> counted = ended.isEmpty() ? trials : ended;
        double[] scores = counted.stream()
                .mapToDouble(trial -> trial.score(data.metric()))
                .filter(Double::isFinite)
                .toArray();
        double low = Double.NaN;
        double high = Double.NaN;
        if (scores.length > 1) {
            low = Arrays.stream(scores).min().getAsDouble();
            high = Arrays.stream(scores).max().getAsDouble();
        } else if (!ended.isEmpty()) {
            for (SweepData.Spread spread : data.spreads()) {
                if (spread.trial().equals(counted.get(0).name())) {
                    low = spread.low();
                    high = spread.high();
                }
            }
        }
        double mean = scores.length == 0
                ? Double.NaN
                : Arrays.stream(scores).average().getAsDouble();
        return new Group(x, label, colour, trials, !ended.isEmpty(), mean, low, high);
    }

    /**
     * Scores worse than this are not given room: a loss above that of the model as it came, or, where that is not known,
     * above twice the best one.
     */
    private static double limit(SweepData data) {
        if (!data.metric().equals("loss")) {
            return data.higherIsBetter() ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        }
        double begin = data.trials().stream()
                .map(SweepData.Trial::run)
                .filter(Objects::nonNull)
                .flatMap(run -> run.evals().stream())
                .filter(eval -> eval.step() == 0 && Double.isFinite(eval.loss()))
                .mapToDouble(eval -> eval.loss())
                .max()
                .orElse(Double.NaN);
        double best = data.trials().stream()
                .mapToDouble(trial -> trial.score("loss"))
                .filter(Double::isFinite)
                .min()
                .orElse(Double.POSITIVE_INFINITY);
        return Double.isFinite(begin) ? Math.max(begin, best) : 2 * best;
    }

    private static Axis across(SweepData data, List<Group> groups) {
        if (groups.isEmpty()) {
            return new Axis.Linear(0, 1);
        }
        double low = groups.get(0).x();
        double high = groups.get(groups.size() - 1).x();
        SweepResult.FittedBasin basin = data.basin();
        if (basin != null && basin.lr() > 0 && data.vary().equals("lr")) {
            // a fit far outside the grid is no news about the trials
            low = Math.min(low, Math.max(basin.lr(), low / 10));
            high = Math.max(high, Math.min(basin.lr(), high * 10));
        }
        return new Axis.Log(low / AIR, high * AIR);
    }

    /** The parabola with the given best place that lies closest to the results around it (least squares). */
    private static @Nullable Fit fit(SweepData data, List<Group> groups, double limit) {
        SweepResult.FittedBasin basin = data.basin();
        if (basin == null || !(basin.lr() > 0) || !data.vary().equals("lr")) {
            return null;
        }
        List<Group> ended = groups.stream()
                .filter(group ->
                        group.whole() && Double.isFinite(group.score()) && !data.isBetter(limit, group.score()))
                .sorted(Comparator.comparingDouble(group -> Math.abs(Math.log10(group.x() / basin.lr()))))
                .toList();
        int near = (int) ended.stream()
                .filter(group -> Math.abs(Math.log10(group.x() / basin.lr())) <= FIT_REACH)
                .count();
        List<Group> used = ended.subList(0, Math.min(ended.size(), Math.max(3, near)));
        if (used.size() < 3) {
            return null;
        }
        double meanSquare = 0;
        double meanScore = 0;
        for (Group group : used) {
            meanSquare += square(group, basin) / used.size();
            meanScore += group.score() / used.size();
        }
        double together = 0;
        double alone = 0;
        for (Group group : used) {
            double deviation = square(group, basin) - meanSquare;
            together += deviation * (group.score() - meanScore);
            alone += deviation * deviation;
        }
        double bend = together / alone;
        boolean rightWay = data.higherIsBetter() ? bend < 0 : bend > 0;
        return alone > 0 && rightWay ? new Fit(basin.lr(), meanScore - bend * meanSquare, bend) : null;
    }

    private static double square(Group group, SweepResult.FittedBasin basin) {
        double distance = Math.log10(group.x() / basin.lr());
        return distance * distance;
    }

    private static @Nullable Band band(SweepData data) {
        SweepData.Answer answer = data.answer();
        return answer != null
                        && answer.low() > 0
                        && answer.high() >= answer.low()
                        && !data.vary().equals("data")
                ? new Band(answer.low(), answer.high())
                : null;
    }

    /** Whether there is a trial to show. */
    boolean isEmpty() {
        return groups.stream().noneMatch(group -> Double.isFinite(group.score()) || isLost(group));
    }

    /** Whether a group has ended without a score that has a place on the axis. */
    boolean isLost(Group group) {
        boolean ended = group.trials().stream()
                .anyMatch(trial ->
                        trial.status() != SweepTrial.Status.WAITING && trial.status() != SweepTrial.Status.RUNNING);
        double share = up.share(group.score());
        return ended && !(share >= 0 && share <= 1);
    }

    boolean hasEarly() {
        return groups.stream().anyMatch(group -> !group.whole() && !isLost(group) && Double.isFinite(group.score()));
    }

    boolean hasLost() {
        return groups.stream().anyMatch(this::isLost);
    }

    boolean hasWhiskers() {
        return groups.stream().anyMatch(group -> Double.isFinite(group.low()));
    }

    boolean hasSeeds() {
        return groups.stream().anyMatch(Group::hasSeeds);
    }

    /** The name of the axis of scores, with the direction that is good. */
    BilingualText upTitle() {
        return named(data.higherIsBetter() ? Words.HIGHER_BETTER : Words.LOWER_BETTER, data);
    }

    /** Words with the name of the score that decides in their first gap. */
    static BilingualText named(Words words, SweepData data, Object... values) {
        return new BilingualText(
                words.in(Language.ENGLISH, filled(data, Language.ENGLISH, values)),
                words.in(Language.CHINESE, filled(data, Language.CHINESE, values)));
    }

    private static Object[] filled(SweepData data, Language language, Object... values) {
        Object[] all = new Object[values.length + 1];
        all[0] = data.metric().equals("loss")
                ? Words.LEGEND_EVAL.in(language)
                : data.metric().toUpperCase(Locale.ROOT);
        System.arraycopy(values, 0, all, 1, values.length);
        return all;
    }

    /** The name of the axis of values. */
    BilingualText acrossTitle() {
        return data.vary().equals("lr") ? BilingualText.of(Words.PEAK_AXIS) : BilingualText.of(data.vary());
    }
}
