package dev.stride.report;

import dev.stride.search.SweepTrial;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The table of a sweep's trials, the same for the page and for the terminal. */
final class SweepTable {
    /** Scores that the project prints as shares, from 0 to 1. */
    private static final double LARGEST_SHARE = 1;

    private SweepTable() {}

    /** All columns that at least one trial fills, one row a trial. */
    static List<RunTable.Column> columns(SweepData data) {
        List<RunTable.Column> columns = new ArrayList<>();
        columns.add(texts(Words.TRIAL, data, trial -> BilingualText.of(trial.name()), false));
        columns.add(texts(Words.PEAK_RATE, data, trial -> BilingualText.of(Numbers.scientific(trial.lr())), true));
        if (!data.vary().equals("lr")) {
            columns.add(column(BilingualText.of(data.vary()), data, trial -> BilingualText.of(trial.value()), true));
        }
        if (data.trials().stream().map(SweepData.Trial::seed).distinct().count() > 1) {
            columns.add(texts(Words.SEED, data, trial -> BilingualText.of(Long.toString(trial.seed())), true));
        }
        columns.add(texts(Words.STATUS, data, SweepTable::status, false));
        columns.add(texts(
                Words.STEPS, data, trial -> BilingualText.of(trial.steps() + " / " + trial.plannedSteps()), true));
        for (String metric : metrics(data)) {
            columns.add(score(data, metric));
        }
        addBest(columns, data);
        columns.add(texts(
                Words.TIME,
                data,
                trial -> BilingualText.of(Numbers.duration(Double.isFinite(trial.seconds()) ? trial.seconds() : null)),
                true));
        return columns;
    }

    private static BilingualText status(SweepData.Trial trial) {
        BilingualText word = word(trial.status());
        if (!trial.grown()) {
            return word;
        }
        return new BilingualText(
                Words.GROWN.in(Language.ENGLISH, word.english()), Words.GROWN.in(Language.CHINESE, word.chinese()));
    }

    private static BilingualText word(SweepTrial.Status status) {
        return BilingualText.of(
                switch (status) {
                    case WAITING -> Words.WAITING;
                    case RUNNING -> Words.RUNNING;
                    case FINISHED -> Words.FINISHED;
                    case PRUNED -> Words.PRUNED;
                    case STOPPED -> Words.STOPPED;
                    case FAILED -> Words.FAILED;
                    case INTERRUPTED -> Words.INTERRUPTED;
                });
    }

    private static void addBest(List<RunTable.Column> columns, SweepData data) {
        String metric = data.trials().stream()
                .map(SweepData.Trial::best)
                .filter(best -> best != null)
                .map(SweepTrial.Best::metric)
                .findFirst()
                .orElse("");
        if (!metric.isEmpty()) {
            columns.add(column(
                    metric.equals("loss")
                            ? new BilingualText(
                                    Words.BEST.in(Language.ENGLISH, Words.LOSS.in(Language.ENGLISH)),
                                    Words.BEST.in(Language.CHINESE, Words.LOSS.in(Language.CHINESE)))
                            : BilingualText.of(Words.BEST, name(metric)),
                    data,
                    trial -> BilingualText.of(
                            trial.best() == null
                                    ? Numbers.NONE
                                    : print(data, metric, trial.best().value()) + " @"
                                            + trial.best().step()),
                    true));
        }
    }

    /** The scores of all trials: the one that decides first, then the loss, then those of the reference. */
    static List<String> metrics(SweepData data) {
        Set<String> given = new LinkedHashSet<>();
        data.trials().forEach(trial -> given.addAll(trial.metrics().keySet()));
        Set<String> names = new LinkedHashSet<>();
        names.add(data.metric());
        names.add("loss");
        names.addAll(RunTable.KNOWN_SCORES);
        names.retainAll(given);
        names.addAll(given);
        return List.copyOf(names);
    }

    private static RunTable.Column score(SweepData data, String metric) {
        List<SweepData.Trial> trials = data.trials();
        @Nullable
        Double[] whole = trials.stream()
                .map(trial -> trial.status() == SweepTrial.Status.FINISHED ? trial.score(metric) : Double.NaN)
                .toArray(Double[]::new);
        boolean lower = metric.equals(data.metric()) ? !data.higherIsBetter() : metric.equals("loss");
        return new RunTable.Column(
                heading(metric),
                trials.stream()
                        .map(trial -> BilingualText.of(print(data, metric, trial.score(metric))))
                        .toList(),
                RunTable.best(whole, lower ? RunTable.Better.LOWER : RunTable.Better.HIGHER),
                true);
    }

    private static BilingualText heading(String metric) {
        return metric.equals("loss") ? BilingualText.of(Words.EVAL_LOSS) : BilingualText.of(name(metric));
    }

    private static String name(String metric) {
        return metric.toUpperCase(Locale.ROOT);
    }

    /** A score with the decimals that its size asks for. */
    static String print(SweepData data, String metric, double value) {
        boolean percentage = !metric.equals("loss")
                && data.trials().stream().anyMatch(trial -> Math.abs(trial.score(metric)) > LARGEST_SHARE);
        return Double.isNaN(value) ? Numbers.NONE : Numbers.fixed(value, percentage ? 2 : 4);
    }

    private static RunTable.Column texts(
            Words heading, SweepData data, Function<SweepData.Trial, BilingualText> cell, boolean right) {
        return column(BilingualText.of(heading), data, cell, right);
    }

    private static RunTable.Column column(
            BilingualText heading, SweepData data, Function<SweepData.Trial, BilingualText> cell, boolean right) {
        return new RunTable.Column(heading, data.trials().stream().map(cell).toList(), Set.of(), right);
    }
}
