package dev.stride.report;

import dev.stride.experiment.AtomicFile;
import dev.stride.search.SweepResult;
import dev.stride.search.SweepTrial;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The page of a sweep: which value is best, what says so, and what every trial did. One file that needs no network
 * ({@link PageShell}).
 */
public final class SweepReport {
    private static final Frame WIDE = new Frame("wide", 1000, 380, 60, 24, 40, 52);
    private static final Frame NARROW = new Frame("narrow", 400, 300, 50, 10, 40, 50);

    private final SweepData data;
    private final Markup page = new Markup();
    private final PageShell shell;
    private final ScoreChart scores;
    private final SweepCurves curves;

    private SweepReport(SweepData data, Language first) {
        this.data = data;
        this.scores = ScoreChart.of(data);
        this.curves = SweepCurves.of(data);
        this.shell = new PageShell(
                page, first, data.trials().stream().map(SweepData.Trial::name).toList());
    }

    /** The page; it holds both languages and shows the given one first. */
    public static String render(SweepData data, Language first) {
        return new SweepReport(data, first).render();
    }

    /**
     * Writes the page, whole or not at all.
     *
     * @throws UncheckedIOException naming the file
     */
    public static void write(Path file, SweepData data, Language first) {
        AtomicFile.write(file, render(data, first));
    }

    private String render() {
        shell.begin(data.title());
        header();
        page.open("main").line();
        scoreFigure();
        curveFigure();
        trials();
        updates();
        cooldowns();
        course();
        samples();
        people();
        settings();
        warnings();
        command();
        page.close();
        return shell.end();
    }

    private void header() {
        page.open("header");
        shell.title(data.title());
        SweepData.Answer answer = data.answer();
        if (answer == null) {
            page.open("p", "class", "answer").words(Words.STILL_RUNNING).close();
        } else {
            both("answer given", answer.sentence());
            if (!answer.decided()) {
                page.open("p", "class", "alert").words(Words.UNDECIDED).close();
            }
            if (!answer.restsOn().isEmpty()) {
                page.open("p", "class", "note")
                        .words(Words.RESTS_ON, answer.restsOn())
                        .close();
            }
        }
        if (!data.warnings().isEmpty()) {
            page.open("p", "class", "alert").open("a", "href", "#warnings");
            page.words(Words.NUM_WARNINGS, data.warnings().size()).close().close();
        }
        page.close().line();
    }

    private void both(String classes, BilingualText text) {
        page.open("p", "class", classes).both(text.english(), text.chinese()).close();
    }

    private void section(String id, BilingualText heading) {
        page.open("section", "id", id);
        page.open("h2", "id", "title-" + id)
                .both(heading.english(), heading.chinese())
                .close()
                .line();
    }

    private void section(String id, Words heading) {
        section(id, BilingualText.of(heading));
    }

    private void note(Words words, Object... values) {
        page.open("p", "class", "note").words(words, values).close();
    }

    private void scoreFigure() {
        BilingualText heading = data.vary().equals("lr")
                ? ScoreChart.named(Words.SCORE_CHART, data)
                : ScoreChart.named(Words.SCORE_CHART_OTHER, data, data.vary());
        String english = heading.english();
        section(
                "scores",
                new BilingualText(
                        english.substring(0, 1).toUpperCase(Locale.ROOT) + english.substring(1), heading.chinese()));
        if (scores.isEmpty()) {
            note(Words.NO_SCORES);
        } else {
            scoreLegend();
            page.open("figure", "tabindex", "0", "data-points", "scores", "aria-labelledby", "title-scores")
                    .line();
            for (Frame frame : List.of(WIDE, NARROW)) {
                page.open(
                        "svg",
                        "class",
                        "chart score " + frame.id(),
                        "viewBox",
                        "0 0 " + Numbers.pixels(frame.width()) + " " + Numbers.pixels(frame.height()),
                        "role",
                        "img",
                        "aria-labelledby",
                        "title-scores",
                        "data-chart",
                        "scores");
                page.line();
                new ScoreDrawing(scores, new SvgPen(page), frame).draw();
                page.close().line();
            }
            page.close().line();
            page.open("p", "class", "note help").words(Words.POINTS_HELP).close();
            if (data.basin() != null && data.basin().atEdge()) {
                note(Words.AT_EDGE);
            } else if (scores.fit() == null && data.vary().equals("lr")) {
                note(Words.NO_FIT);
            }
        }
        page.close().line();
    }

    private void scoreLegend() {
        page.open("div", "class", "legend").open("div", "class", "kinds");
        key(Words.KEY_FINISHED, Pen.Point.WHOLE, null);
        if (scores.hasEarly()) {
            key(Words.KEY_EARLY, Pen.Point.EARLY, null);
        }
        if (scores.hasLost()) {
            key(Words.KEY_LOST, Pen.Point.LOST, null);
        }
        if (scores.hasWhiskers()) {
            key(scores.hasSeeds() ? Words.KEY_SEEDS : Words.KEY_SPREAD, null, Pen.Look.WHISKER);
        }
        if (scores.fit() != null) {
            key(Words.KEY_FIT, null, Pen.Look.FIT);
        }
        if (scores.band() != null) {
            key(Words.KEY_BAND, null, Pen.Look.BAND);
        }
        page.close().close().line();
    }

    private void key(Words words, Pen.@Nullable Point point, Pen.@Nullable Look look) {
        page.open("span");
        page.open("svg", "class", "key", "width", "26", "height", "12", "viewBox", "0 0 26 12", "aria-hidden", "true");
        SvgPen pen = new SvgPen(page);
        if (point != null) {
            pen.point(point, Legend.GREY, 13, 6, BilingualText.NONE);
        } else if (look == Pen.Look.BAND) {
            pen.area(look, 2, 0, 22, 12);
        } else if (look == Pen.Look.WHISKER) {
            pen.line(look, 13, 0, 13, 12);
            pen.line(look, 9, 0, 17, 0);
            pen.line(look, 9, 12, 17, 12);
        } else if (look != null) {
            pen.line(look, 1, 2, 7, 9, 13, 11, 19, 9, 25, 2);
        }
        page.close().words(words).close();
    }

    private void curveFigure() {
        section("curves", Words.CURVES);
        if (curves.keys().isEmpty()) {
            note(Words.NO_STEPS);
            page.close().line();
            return;
        }
        page.open("div", "class", "legend").open("div", "class", "names");
        for (Legend.Entry entry : curves.keys()) {
            page.open("label", "for", "run-" + entry.run());
            RunFigureSection.key(page, entry);
            page.element("span", entry.text().english(), "class", "given").close();
        }
        page.close().open("div", "class", "kinds");
        curveKey(Chart.Kind.CURVE, Words.LEGEND_EVAL);
        curveKey(Chart.Kind.TRAIN, Words.TRAIN_SMOOTHED);
        curveKey(Chart.Kind.RATE, Words.LEGEND_RATE);
        curveKey(Chart.Kind.END, Words.KEY_END);
        curveKey(Chart.Kind.FORK, Words.KEY_FORK);
        page.close().close().line();
        int panels = curves.figure().panels().size();
        List<Frame> wide = Frame.stacked("wide", 1000, 60, 24, List.of(320, 170).subList(0, panels));
        List<Frame> narrow =
                Frame.stacked("narrow", 400, 50, 10, List.of(230, 140).subList(0, panels));
        RunFigureSection.draw(page, curves.figure(), List.of(wide, narrow));
        shell.add(curves.figure());
        page.open("p", "class", "note");
        page.open("span", "class", "help").words(Words.CHART_HELP).close();
        page.text(" ").words(Words.CURVES_NOTE, curves.smoothing());
        page.text(" ").words(Words.LOG_RATE).close();
        forkNote();
        page.close().line();
    }

    private void curveKey(Chart.Kind kind, Words words) {
        boolean drawn = curves.figure().panels().stream()
                .flatMap(panel -> panel.lines().stream())
                .anyMatch(line -> line.kind() == kind);
        if (drawn) {
            page.open("span");
            RunFigureSection.key(page, new Legend.Entry(kind, Legend.GREY, 0, -1, BilingualText.NONE));
            page.words(words).close();
        }
    }

    private void forkNote() {
        if (data.trials().stream().allMatch(trial -> trial.forked() == null)) {
            return;
        }
        page.open("p", "class", "note").words(Words.FORK_NOTE);
        String between = " ";
        for (SweepData.Trial trial : data.trials()) {
            SweepTrial.Fork fork = trial.forked();
            if (fork != null) {
                page.text(between).words(Words.FORK_ITEM, trial.name(), fork.from(), fork.step());
                between = "; ";
            }
        }
        page.close();
    }

    /** The colour of each trial, in their order. */
    private List<Integer> colours() {
        Map<String, Integer> byName = scores.groups().stream()
                .flatMap(group -> group.trials().stream().map(trial -> Map.entry(trial.name(), group.colour())))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, (a, b) -> a));
        return data.trials().stream()
                .map(trial -> byName.getOrDefault(trial.name(), Legend.GREY))
                .toList();
    }

    private void trials() {
        section("trials", Words.TRIALS);
        List<Integer> colours = colours();
        List<RunTable.Column> columns = SweepTable.columns(data);
        page.open("div", "class", "scroll").open("table", "class", "runs");
        RunTable.Column names = columns.get(0);
        page.open("thead").open("tr");
        for (RunTable.Column column : columns) {
            page.open("th", "scope", "col", "class", column.right() ? "number" : "name");
            page.both(column.heading().english(), column.heading().chinese()).close();
        }
        page.close().close().open("tbody").line();
        for (int row = 0; row < data.trials().size(); row++) {
            page.open("tr").open("th", "scope", "row", "class", "name given");
            page.open("span", "class", "dot " + ChartSvg.colour(colours.get(row)))
                    .close();
            page.text(names.cells().get(row).english()).close();
            for (RunTable.Column column : columns.subList(1, columns.size())) {
                String best = column.best().contains(row) ? " best" : "";
                BilingualText cell = column.cells().get(row);
                page.open("td", "class", (column.right() ? "number" : "name") + best);
                page.both(cell.english(), cell.chinese()).close();
            }
            page.close().line();
        }
        page.close().close().close();
        note(Words.TRIALS_NOTE);
        List<SweepData.Trial> ended = data.trials().stream()
                .filter(trial -> !trial.reason().isEmpty() && trial.status() != SweepTrial.Status.FINISHED)
                .toList();
        if (!ended.isEmpty()) {
            page.open("h3").words(Words.WHY).close();
            for (SweepData.Trial trial : ended) {
                page.open("p", "class", "note");
                page.element("strong", trial.name(), "class", "given").text(" ");
                page.element("span", trial.reason(), "class", "given").close();
            }
        }
        page.close().line();
    }

    private void updates() {
        section("saved", Words.SAVED);
        SweepResult.Updates updates = data.updates();
        long saved = updates.grid() - updates.made();
        if (updates.grid() > 0 && saved > 0) {
            String percent = Numbers.fixed(100.0 * saved / updates.grid(), 0);
            page.open("p")
                    .words(Words.SAVED_SENTENCE, updates.made(), updates.grid(), saved, percent)
                    .close();
        } else {
            page.open("p").words(Words.SAVED_NONE, updates.made()).close();
        }
        long named = updates.saved().values().stream().mapToLong(count -> count).sum();
        if (named > 0) {
            table(Words.SAVED_BY, Words.UPDATES);
            updates.saved().forEach((by, count) -> {
                page.open("tr").open("th", "scope", "row");
                switch (by) {
                    case "pruning" -> page.words(Words.SAVED_PRUNING);
                    case "prefix" -> page.words(Words.SAVED_PREFIX);
                    case "trunk" -> page.words(Words.SAVED_TRUNK);
                    default -> page.text(by);
                }
                page.close().element("td", Long.toString(count)).close().line();
            });
            if (saved > named) {
                page.open("tr").open("th", "scope", "row").words(Words.SAVED_ENDED);
                page.close().element("td", Long.toString(saved - named)).close().line();
            }
            page.close().close();
        }
        page.close().line();
    }

    private void cooldowns() {
        SweepCooldowns cooldowns = new SweepCooldowns(data);
        if (!cooldowns.isEmpty()) {
            section("cooldowns", Words.COOLDOWNS);
            cooldowns.draw(page);
            page.close().line();
        }
    }

    private void course() {
        if (!data.course().isEmpty()) {
            section("course", Words.COURSE);
            page.open("ul", "class", "notes").line();
            data.course()
                    .forEach(said -> page.open("li", "class", "given")
                            .both(said.english(), said.chinese())
                            .close()
                            .line());
            page.close();
            page.close().line();
        }
    }

    /** Begins a table, up to its rows. */
    private void table(Words... headings) {
        page.open("table", "class", "facts").open("thead").open("tr");
        for (Words heading : headings) {
            page.open("th", "scope", "col").words(heading).close();
        }
        page.close().close().open("tbody").line();
    }

    private void samples() {
        section("samples", Words.SAMPLES);
        if (data.withTexts()) {
            List<Integer> all = colours();
            List<ReportRun> runs = new ArrayList<>();
            List<Integer> colours = new ArrayList<>();
            for (int i = 0; i < data.trials().size(); i++) {
                ReportRun run = data.trials().get(i).run();
                if (run != null) {
                    runs.add(run);
                    colours.add(all.get(i));
                }
            }
            new SamplePanels(page, runs, colours, true).draw();
        } else {
            note(Words.NO_TEXTS);
        }
        page.close().line();
    }

    private void people() {
        if (data.people().isEmpty()) {
            return;
        }
        section("people", Words.PEOPLE);
        table(Words.TRIAL, Words.SHARE, Words.INTERVAL, Words.VOTES);
        for (SweepData.People people : data.people()) {
            page.open("tr").element("th", people.trial(), "scope", "row", "class", "given");
            page.element("td", Numbers.fixed(100 * people.share(), 1));
            page.element("td", Numbers.fixed(100 * people.low(), 1) + " – " + Numbers.fixed(100 * people.high(), 1));
            page.element("td", Long.toString(people.votes())).close().line();
        }
        page.close().close();
        note(Words.PEOPLE_NOTE);
        page.close().line();
    }

    private void settings() {
        section("settings", Words.SETTINGS);
        table(Words.NAME, Words.VALUE);
        data.settings().forEach((name, value) -> {
            page.open("tr").element("th", name.replace('_', ' '), "scope", "row");
            page.element("td", value, "class", "given").close().line();
        });
        data.weights().forEach((name, value) -> {
            page.open("tr").open("th", "scope", "row");
            page.words(Words.WEIGHT, name.toUpperCase(Locale.ROOT)).close();
            page.element("td", Numbers.compact(value)).close().line();
        });
        page.close().close().close().line();
    }

    private void warnings() {
        if (data.warnings().isEmpty()) {
            return;
        }
        section("warnings", Words.WARNINGS);
        page.open("ul", "class", "warnings").line();
        data.warnings()
                .forEach(
                        warning -> page.element("li", warning, "class", "given").line());
        page.close();
        page.close().line();
    }

    private void command() {
        SweepData.Answer answer = data.answer();
        if (answer != null && !answer.command().isEmpty()) {
            section("command", Words.COMMAND);
            page.element("pre", answer.command(), "class", "command given")
                    .close()
                    .line();
        }
    }
}
