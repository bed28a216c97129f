package dev.stride.report;

import dev.stride.search.SweepResult;
import dev.stride.search.SweepResult.FittedBasin;
import dev.stride.search.SweepTrial;
import dev.stride.search.SweepTrial.Best;
import dev.stride.search.SweepTrial.Cooldown;
import dev.stride.search.SweepTrial.Fork;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the page of a sweep shows, as plain numbers and words.
 *
 * @param title the page's name
 * @param vary what the trials differ in: {@code lr}, {@code lora-rank}, {@code max-length} or {@code data}
 * @param metric the name of the score that decides
 * @param higherIsBetter whether its high values are good
 * @param weights of scores in it, where it combines several; else empty
 * @param settings what all trials share, by name
 * @param trials in the order in which they are shown
 * @param updates what was trained, and what was not
 * @param basin the fitted optimum; null where no parabola fits
 * @param answer what to use; null while the sweep runs
 * @param course what the search did and why, in sentences
 * @param warnings what the user should know
 * @param spreads how sure each trial's score is; may be empty
 * @param people what people said of the trials; may be empty
 * @param withTexts whether generated texts may be shown; a page that is passed on has none
 */
public record SweepData(
        String title,
        String vary,
        String metric,
        boolean higherIsBetter,
        Map<String, Double> weights,
        Map<String, String> settings,
        List<Trial> trials,
        SweepResult.Updates updates,
        @Nullable FittedBasin basin,
        @Nullable Answer answer,
        List<BilingualText> course,
        List<String> warnings,
        List<Spread> spreads,
        List<People> people,
        boolean withTexts) {
    public SweepData {
        if (trials.isEmpty()) {
            throw new IllegalArgumentException("a sweep has at least one trial");
        }
        weights = Collections.unmodifiableMap(new LinkedHashMap<>(weights));
        settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
        trials = List.copyOf(trials);
        course = List.copyOf(course);
        warnings = List.copyOf(warnings);
        spreads = List.copyOf(spreads);
        people = List.copyOf(people);
    }

    /**
     * One trial.
     *
     * @param name of it and of its folder
     * @param folder relative to the sweep's
     * @param lr its peak rate
     * @param value of what is varied, as it was given
     * @param seed of its data order and weights
     * @param steps updates made
     * @param plannedSteps updates planned
     * @param reason why it ended; may be empty
     * @param metrics of its last evaluation, by name; empty before the first
     * @param best null before the first evaluation
     * @param grown whether the sweep added it beyond the grid that was asked for
     * @param forked null where it began from the model
     * @param seconds wall time; NaN where unknown
     * @param cooldowns branches of it that were cooled down on its way
     * @param run what its folder tells; null where there is none yet
     */
    public record Trial(
            String name,
            String folder,
            double lr,
            String value,
            long seed,
            SweepTrial.Status status,
            long steps,
            long plannedSteps,
            String reason,
            Map<String, Double> metrics,
            @Nullable Best best,
            boolean grown,
            @Nullable Fork forked,
            double seconds,
            List<Cooldown> cooldowns,
            @Nullable ReportRun run) {
        public Trial {
            cooldowns = List.copyOf(cooldowns);
            metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
        }

        /** A score of the last evaluation; NaN where there is none. */
        double score(String metricName) {
            Double score = metrics.get(metricName);
            return score == null ? Double.NaN : score;
        }
    }

    /**
     * What to use.
     *
     * @param value as it stands on the axis: a rate, a rank, a length
     * @param low the least value that is as good; NaN where unknown
     * @param high the greatest one
     * @param decided whether the trials can be told apart
     * @param sentence the answer in words
     * @param restsOn what it was decided by
     * @param command what to run next; may be empty
     */
    public record Answer(
            double value,
            double low,
            double high,
            boolean decided,
            BilingualText sentence,
            String restsOn,
            String command) {}

    /**
     * How sure a trial's score is against the best one: the interval of their difference, laid around its own score.
     *
     * @param trial its name
     * @param low end of the interval
     * @param high end of the interval
     */
    public record Spread(String trial, double low, double high) {}

    /**
     * What people said of a trial's answers.
     *
     * @param trial its name; what it varies where several seeds are taken together
     * @param share of comparisons that it is expected to win against the others, 0 to 1
     * @param low lower end of its interval
     * @param high upper end
     * @param votes in which it stood
     */
    public record People(String trial, double share, double low, double high, long votes) {}

    /** The same with how sure each score is. */
    public SweepData withSpreads(List<Spread> newSpreads) {
        return with(newSpreads, withTexts);
    }

    /** The same for a page that is passed on. */
    public SweepData withoutTexts() {
        return with(spreads, false);
    }

    private SweepData with(List<Spread> newSpreads, boolean texts) {
        return new SweepData(
                title,
                vary,
                metric,
                higherIsBetter,
                weights,
                settings,
                trials,
                updates,
                basin,
                answer,
                course,
                warnings,
                newSpreads,
                people,
                texts);
    }

    /** Whether one score is better than another; anything is better than one that is not finite. */
    boolean isBetter(double score, double than) {
        return Double.isFinite(score) && (!Double.isFinite(than) || (higherIsBetter ? score > than : score < than));
    }
}
