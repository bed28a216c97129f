package dev.stride.sweep;

import dev.stride.config.MetricWeight;
import dev.stride.config.StopMetric;
import dev.stride.experiment.EventReader;
import dev.stride.experiment.RowLosses;
import dev.stride.experiment.RunRecord;
import dev.stride.experiment.SampleRecord;
import dev.stride.experiment.VerdictEvent;
import dev.stride.metrics.CodeScores;
import dev.stride.search.Basin;
import dev.stride.search.Comparison;
import dev.stride.search.Contender;
import dev.stride.search.PeopleScores;
import dev.stride.search.RateGrid;
import dev.stride.search.RateSearch;
import dev.stride.search.SweepAnswer;
import dev.stride.search.SweepResult;
import dev.stride.search.SweepTrial;
import dev.stride.search.Tried;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Compares the trials of a sweep by what their folders hold of the last evaluation. It needs the sweep's folder and what
 * {@code sweep.json} says, so the same answer can be made from them again at any time.
 */
final class Judge {
    private static final int RESAMPLES = 2000;
    private static final String UNEVEN = " is not compared, since not all of its seeds came to their end.";
    private static final String NOT_FINITE = " is not compared, since its last scores are not all finite numbers.";
    private static final String HALVED = " is compared at a rate that is not its own: a person halved it on the way.";
    private static final String UNRATED =
            "People's votes have a weight but not every trial has votes: the score is that of the other metrics."
                    + " stride rate collects votes.";

    private final SweepResult sweep;
    private final Path folder;
    private final List<Contender> contenders = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private final Comparison.@Nullable Outcome outcome;
    private final SweepResult.@Nullable People people;

    /**
     * Judges.
     *
     * @param sweep what is known of the trials; what it says of an answer is not looked at
     * @param scores what people said, or null where nobody did
     */
    Judge(Path folder, SweepResult sweep, @Nullable PeopleScores scores) {
        this.folder = folder;
        this.sweep = sweep;
        // what was found before is found again, or has become untrue
        sweep.warnings().stream()
                .filter(said -> !said.equals(UNRATED)
                        && !said.endsWith(UNEVEN)
                        && !said.endsWith(NOT_FINITE)
                        && !said.endsWith(HALVED))
                .forEach(warnings::add);
        boolean weighsPeople = sweep.weights().containsKey(MetricWeight.PEOPLE);
        Map<String, List<SweepTrial>> byValue = new LinkedHashMap<>();
        sweep.trials()
                .forEach(trial -> byValue.computeIfAbsent(trial.value(), value -> new ArrayList<>())
                        .add(trial));
        byValue.forEach((value, seeds) -> {
            long finished = seeds.stream().filter(Judge::isFinished).count();
            if (finished == seeds.size()) {
                add(value, seeds, scores);
            } else if (finished > 0) {
                warnings.add(value + UNEVEN);
            }
        });
        boolean withPeople = weighsPeople
                && scores != null
                && !contenders.isEmpty()
                && contenders.stream().noneMatch(contender -> contender.rated().isEmpty());
        if (weighsPeople && !withPeople) {
            warnings.add(UNRATED);
        }
        this.people = withPeople && scores != null
                ? new SweepResult.People(scores.votes(), scores.raters().size())
                : null;
        this.outcome = contenders.isEmpty()
                ? null
                : new Comparison(parts(sweep, withPeople), ratio(sweep), seed(sweep), RESAMPLES).compare(contenders);
    }

    /** Whether the folders of all trials that came to their end hold what they are compared by. */
    static boolean hasRows(Path folder, SweepResult sweep) {
        Path inside = folder.toAbsolutePath().normalize();
        return sweep.trials().stream().filter(Judge::isFinished).allMatch(trial -> {
            Path run = inside.resolve(trial.folder()).normalize();
            if (!run.startsWith(inside) || !EventReader.isRun(run)) {
                return false;
            }
            RunRecord record = EventReader.read(run);
            return parts(sweep, false).stream()
                    .noneMatch(part -> rows(run, record, part.name()).isEmpty());
        });
    }

    private static boolean isFinished(SweepTrial trial) {
        return trial.status() == SweepTrial.Status.FINISHED;
    }

    private void add(String value, List<SweepTrial> seeds, @Nullable PeopleScores scores) {
        List<Contender.Seed> bySeed = new ArrayList<>();
        boolean halved = false;
        for (SweepTrial trial : seeds) {
            Map<String, Contender.RowScores> byMetric = new LinkedHashMap<>();
            Path run = folder.resolve(trial.folder());
            RunRecord record = EventReader.read(run);
            for (Comparison.Part part : parts(sweep, false)) {
                List<Row> rows = rows(run, record, part.name());
                if (rows.isEmpty()) {
                    throw new IllegalStateException(run + " holds no " + part.name() + " of rows");
                }
                if (!rows.stream().allMatch(row -> Double.isFinite(row.sum()))) {
                    warnings.add(value + NOT_FINITE);
                    return;
                }
                byMetric.put(
                        part.name(),
                        new Contender.RowScores(
                                rows.stream().map(Row::sum).toList(),
                                rows.stream().map(Row::weight).toList()));
            }
            bySeed.add(new Contender.Seed(byMetric));
            halved |= record.events(VerdictEvent.class).stream()
                    .anyMatch(verdict -> verdict.monitor().equals(VerdictEvent.PERSON)
                            && verdict.action().equals("reduce-lr"));
        }
        if (halved) {
            warnings.add(value + HALVED);
        }
        Map<String, Contender.Rated> rated = new LinkedHashMap<>();
        if (scores != null) {
            scores.share(value)
                    .ifPresent(share -> rated.put(
                            MetricWeight.PEOPLE, new Contender.Rated(share.value(), share.low(), share.high())));
        }
        contenders.add(new Contender(value, seeds.get(0).lr(), bySeed, rated));
    }

    /** What decides, as parts of a score; people's votes are left out where {@code withPeople} is false. */
    private static List<Comparison.Part> parts(SweepResult sweep, boolean withPeople) {
        if (sweep.weights().isEmpty()) {
            return List.of(
                    new Comparison.Part(sweep.metric().name(), sweep.metric().higherIsBetter(), 1));
        }
        List<Comparison.Part> parts = new ArrayList<>();
        sweep.weights().forEach((name, weight) -> {
            if (withPeople || !name.equals(MetricWeight.PEOPLE)) {
                // of all that is measured the loss alone is better where it is lower
                parts.add(new Comparison.Part(name, !name.equals(StopMetric.LOSS.word()), weight));
            }
        });
        return parts;
    }

    /** The ratio of two neighbours of the grid that was asked for. */
    private static double ratio(SweepResult sweep) {
        List<Double> grid = sweep.trials().stream()
                .filter(trial -> trial.origin() == SweepTrial.Origin.GRID)
                .map(SweepTrial::lr)
                .distinct()
                .sorted()
                .toList();
        return new RateGrid(grid, List.of()).ratio();
    }

    /** Of the drawing: the first seed of the trials. */
    private static long seed(SweepResult sweep) {
        return sweep.trials().stream().mapToLong(SweepTrial::seed).min().orElse(1);
    }

    /** In the order of a comparison's scores. */
    private List<Contender> ascending() {
        return contenders.stream()
                .sorted(Comparator.comparingDouble(Contender::lr))
                .toList();
    }

    /** The sweep's trials, with the combined score of their value where there is one. */
    List<SweepTrial> scored() {
        if (sweep.weights().isEmpty() || outcome == null) {
            return sweep.trials();
        }
        Map<String, Double> scores = new LinkedHashMap<>();
        List<Contender> sorted = ascending();
        for (int i = 0; i < sorted.size(); i++) {
            scores.put(sorted.get(i).value(), outcome.scores().get(i));
        }
        return sweep.trials().stream()
                .map(trial -> scores.containsKey(trial.value())
                        ? trial.withScore(scores.getOrDefault(trial.value(), Double.NaN))
                        : trial)
                .toList();
    }

    /** What people should know about the answer. */
    List<String> warnings() {
        return warnings;
    }

    /** The answer, without its sentences. */
    SweepAnswer answer() {
        if (outcome == null) {
            return Comparison.noneUsable();
        }
        SweepAnswer answer = outcome.answer();
        // where all others were ended because they would not win, the one that is left needs no comparison
        boolean othersEnded = contenders.size() == 1
                && sweep.trials().stream().anyMatch(trial -> !isFinished(trial))
                && sweep.trials().stream().allMatch(trial -> trial.status().isOver());
        return othersEnded ? answer.withDecided(true) : answer;
    }

    /** Whose votes are part of the answer; null where nobody's are. */
    SweepResult.@Nullable People people() {
        return people;
    }

    /** Each rate that is over, with its score. */
    List<Tried> tried() {
        Map<Double, Tried> tried = new LinkedHashMap<>();
        for (SweepTrial trial : sweep.trials()) {
            if (trial.status().isOver()) {
                tried.put(trial.lr(), Tried.failed(trial.lr()));
            }
        }
        if (outcome != null) {
            List<Contender> sorted = ascending();
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
                : Basin.fit(tried, sweep.metric().higherIsBetter());
        return fitted.map(basin -> new SweepResult.FittedBasin(basin.lr(), basin.log10Width(), !basin.inside()))
                .orElse(null);
    }

    /** What a search for a better rate says. */
    RateSearch.Next next(RateSearch search) {
        return search.next(tried());
    }

    /** What a row adds to a score, and how much it counts. */
    private record Row(double sum, double weight) {}

    /** A metric of the rows at the last evaluation; none where the folder does not hold it. */
    private static List<Row> rows(Path run, RunRecord record, String metric) {
        List<Row> rows = new ArrayList<>();
        if (metric.equals(StopMetric.LOSS.word())) {
            List<RowLosses> all = EventReader.rows(run);
            if (!all.isEmpty()) {
                RowLosses last = all.get(all.size() - 1);
                for (int i = 0; i < last.losses().size(); i++) {
                    rows.add(new Row(last.losses().get(i), last.tokens().get(i)));
                }
            }
            return rows;
        }
        long step =
                record.samples().stream().mapToLong(SampleRecord::step).max().orElse(0);
        for (SampleRecord sample : record.samples()) {
            if (sample.step() == step) {
                Double score = score(sample, metric);
                if (score == null) {
                    return List.of();
                }
                rows.add(new Row(score, 1));
            }
        }
        return rows;
    }

    private static @Nullable Double score(SampleRecord sample, String metric) {
        boolean same = sample.prediction().strip().equals(sample.reference().strip());
        return switch (metric) {
            case "accuracy", "exact-match" -> (Double) (same ? 1.0 : 0.0);
            case "edit-similarity" -> (Double) CodeScores.editSimilarity(sample.prediction(), sample.reference());
            default -> sample.scores().get(metric);
        };
    }
}
