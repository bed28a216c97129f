package dev.stride.sweep;

import dev.stride.config.MetricWeight;
import dev.stride.config.StopMetric;
import dev.stride.experiment.EventReader;
import dev.stride.experiment.RowLosses;
import dev.stride.experiment.RunRecord;
import dev.stride.experiment.SampleRecord;
import dev.stride.metrics.CodeScores;
import dev.stride.search.Basin;
import dev.stride.search.Comparison;
import dev.stride.search.Contender;
import dev.stride.search.RateSearch;
import dev.stride.search.SweepAnswer;
import dev.stride.search.SweepResult;
import dev.stride.search.SweepTrial;
import dev.stride.search.Tried;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compares the trials of a sweep by what their folders hold of the last evaluation. */
final class Judge {
    private final SweepPlan plan;
    private final List<TrialState> trials;
    private final List<Comparison.Part> parts;
    private final List<Contender> contenders = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private final Comparison.@Nullable Outcome outcome;

    /**
     * Judges.
     *
     * @param rated what people said, by the value of the contender; empty where nobody did
     */
    Judge(SweepPlan plan, List<TrialState> trials, Map<String, Contender.Rated> rated) {
        this.plan = plan;
        this.trials = trials;
        boolean weighsPeople = plan.weights().containsKey(MetricWeight.PEOPLE);
        Set<String> values = new LinkedHashSet<>();
        trials.forEach(trial -> values.add(trial.spec().value()));
        boolean allRated = true;
        for (String value : values) {
            List<TrialState> seeds = trials.stream()
                    .filter(trial -> trial.spec().value().equals(value))
                    .toList();
            if (seeds.stream().allMatch(trial -> trial.status() == SweepTrial.Status.FINISHED)) {
                contenders.add(contender(value, seeds, rated));
                allRated &= rated.containsKey(value);
            } else if (seeds.stream().anyMatch(trial -> trial.status() == SweepTrial.Status.FINISHED)) {
                warnings.add(value + " is not compared, since not all of its seeds came to their end.");
            }
        }
        boolean withPeople = weighsPeople && allRated && !contenders.isEmpty();
        if (weighsPeople && !withPeople) {
            warnings.add("People's votes have a weight but not every trial has votes: the score is that of the other metrics."
                    + " stride rate collects votes.");
        }
        this.parts = plan.parts(withPeople);
        this.outcome = contenders.isEmpty()
                ? null
                : new Comparison(parts, plan.ratio(), plan.asked().train().seed(), 2000).compare(contenders);
    }

    /** What people should know about the answer. */
    List<String> warnings() {
        return warnings;
    }

    /** The answer, without its sentences. */
    SweepAnswer answer() {
        return outcome == null ? Comparison.noneUsable() : outcome.answer();
    }

    /** Each rate that is over, with its score. */
    List<Tried> tried() {
        Map<Double, Tried> tried = new LinkedHashMap<>();
        for (TrialState trial : trials) {
            if (trial.status().isOver()) {
                tried.put(trial.spec().lr(), Tried.failed(trial.spec().lr()));
            }
        }
        if (outcome != null) {
            List<Contender> sorted = contenders.stream()
                    .sorted(java.util.Comparator.comparingDouble(Contender::lr))
                    .toList();
            for (int i = 0; i < sorted.size(); i++) {
                double lr = sorted.get(i).lr();
                tried.put(lr, Tried.of(lr, outcome.scores().get(i)));
            }
        }
        return List.copyOf(tried.values());
    }

    /** The fitted parabola; null where none fits. */
    SweepResult.@Nullable FittedBasin basin() {
        List<Tried> tried = tried();
        Optional<Basin> fitted = tried.size() < 3
                ? Optional.empty()
                : Basin.fit(tried, plan.metric().higherIsBetter());
        return fitted.map(basin -> new SweepResult.FittedBasin(basin.lr(), basin.log10Width(), !basin.inside()))
                .orElse(null);
    }

    /** What a search for a better rate says. */
    RateSearch.Next next(RateSearch search) {
        return search.next(tried());
    }

    private Contender contender(String value, List<TrialState> seeds, Map<String, Contender.Rated> rated) {
        List<Contender.Seed> scores = new ArrayList<>();
        for (TrialState trial : seeds) {
            Map<String, Contender.RowScores> byMetric = new LinkedHashMap<>();
            RunRecord record = EventReader.read(trial.folder());
            for (Comparison.Part part : plan.parts(false)) {
                byMetric.put(part.name(), rows(trial, record, part.name()));
            }
            scores.add(new Contender.Seed(byMetric));
        }
        Contender.Rated people = rated.get(value);
        return new Contender(
                value,
                seeds.get(0).spec().lr(),
                scores,
                people == null ? Map.of() : Map.of(MetricWeight.PEOPLE, people));
    }

    private static Contender.RowScores rows(TrialState trial, RunRecord record, String metric) {
        if (metric.equals(StopMetric.LOSS.word())) {
            List<RowLosses> all = EventReader.rows(trial.folder());
            if (all.isEmpty()) {
                throw new IllegalStateException(trial.folder() + " has no rows.jsonl");
            }
            RowLosses last = all.get(all.size() - 1);
            return new Contender.RowScores(
                    last.losses(), last.tokens().stream().map(Long::doubleValue).toList());
        }
        long step = record.samples().stream().mapToLong(SampleRecord::step).max().orElse(0);
        return Contender.RowScores.of(record.samples().stream()
                .filter(sample -> sample.step() == step)
                .map(sample -> score(sample, metric))
                .toList());
    }

    private static double score(SampleRecord sample, String metric) {
        String prediction = sample.prediction().strip();
        String reference = sample.reference().strip();
        return switch (metric) {
            case "accuracy", "exact-match" -> prediction.equals(reference) ? 1 : 0;
            case "edit-similarity" -> CodeScores.editSimilarity(sample.prediction(), sample.reference());
            default -> Objects.requireNonNull(sample.scores().get(metric), metric);
        };
    }
}
