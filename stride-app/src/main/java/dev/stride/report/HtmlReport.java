package dev.stride.report;

import dev.stride.experiment.AtomicFile;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The page that shows a run, or compares several: one file that needs no network ({@link PageShell}).
 */
public final class HtmlReport {
    private static final Frame SMALL = new Frame("small", 340, 200, 40, 10, 12, 44);

    private final ReportData data;
    private final Markup page = new Markup();
    private final PageShell shell;
    private final RunFigure runFigure;

    private HtmlReport(ReportData data, Language first) {
        this.data = data;
        this.shell = new PageShell(
                page,
                first,
                data.runs().size() > 1
                        ? data.runs().stream().map(ReportRun::name).toList()
                        : List.of());
        this.runFigure = RunFigure.of(data.runs());
    }

    /** The page; it holds both languages and shows the given one first. */
    public static String render(ReportData data, Language first) {
        return new HtmlReport(data, first).render();
    }

    /**
     * Writes the page, whole or not at all.
     *
     * @throws UncheckedIOException naming the file
     */
    public static void write(Path file, ReportData data, Language first) {
        AtomicFile.write(file, render(data, first));
    }

    private String render() {
        shell.begin(data.title());
        header();
        page.open("main").line();
        runFigure();
        runs();
        plan();
        guardVerdicts();
        validation();
        samples();
        warnings();
        environment();
        page.close();
        return shell.end();
    }

    private void header() {
        page.open("header");
        shell.title(data.title());
        if (!data.answer().isEmpty()) {
            page.open("p", "class", "answer given")
                    .both(data.answer().english(), data.answer().chinese())
                    .close();
        }
        findings();
        int warnings =
                data.runs().stream().mapToInt(run -> run.warnings().size()).sum();
        if (warnings > 0) {
            page.open("p", "class", "alert").open("a", "href", "#warnings");
            page.words(Words.NUM_WARNINGS, warnings).close().close();
        }
        page.close().line();
    }

    private void findings() {
        if (data.runs().stream().allMatch(run -> run.verdicts().isEmpty())) {
            return;
        }
        page.open("ul", "class", "findings").line();
        for (ReportRun run : data.runs()) {
            for (BilingualText finding : run.verdicts()) {
                page.open("li");
                if (data.runs().size() > 1) {
                    page.element("strong", run.name(), "class", "given").text(" ");
                }
                page.open("span", "class", "given")
                        .both(finding.english(), finding.chinese())
                        .close();
                page.close().line();
            }
        }
        page.close();
    }

    private void section(String id, Words heading) {
        page.open("section", "id", id);
        page.open("h2", "id", "title-" + id).words(heading).close().line();
    }

    private void runFigure() {
        section(runFigure.figure().id(), Words.RATE_AND_LOSS);
        RunFigureSection section = new RunFigureSection(page, runFigure);
        section.draw();
        if (!section.isEmpty()) {
            shell.add(runFigure.figure());
        }
        page.close().line();
    }

    private void runs() {
        section("runs", Words.RUNS);
        List<RunTable.Column> columns = RunTable.columns(data.runs());
        page.open("div", "class", "scroll")
                .open("table", "class", "runs")
                .open("thead")
                .open("tr");
        for (RunTable.Column column : columns) {
            page.open("th", "scope", "col", "class", column.right() ? "number" : "name");
            page.both(column.heading().english(), column.heading().chinese()).close();
        }
        page.close().close().open("tbody").line();
        for (int row = 0; row < data.runs().size(); row++) {
            page.open("tr");
            for (int i = 0; i < columns.size(); i++) {
                RunTable.Column column = columns.get(i);
                BilingualText cell = column.cells().get(row);
                if (i == 0) {
                    page.open("th", "scope", "row", "class", "name given");
                    page.open("span", "class", "dot " + ChartSvg.colour(row)).close();
                    page.text(cell.english()).close();
                } else {
                    String best = column.best().contains(row) ? " best" : "";
                    page.open("td", "class", (column.right() ? "number" : "name") + best);
                    page.both(cell.english(), cell.chinese()).close();
                }
            }
            page.close().line();
        }
        page.close().close().close();
        note(Words.TABLE_NOTE, RunTable.LAST_UPDATES);
        for (ReportRun run : data.runs()) {
            if (run.result() != null && !run.result().reason().isEmpty()) {
                page.open("p", "class", "note");
                page.element("strong", run.name(), "class", "given").text(" ");
                page.element("span", run.result().reason(), "class", "given").close();
            }
        }
        page.close().line();
    }

    private void validation() {
        section("validation", Words.VALIDATION);
        List<Chart> panels = MetricCharts.validation(
                data.runs(), runFigure.strands(), runFigure.figure().steps());
        if (panels.isEmpty()) {
            note(Words.NO_EVALS);
        }
        page.open("div", "class", "panels");
        for (Chart chart : panels) {
            page.open("div", "class", "panel");
            page.open("h3", "id", "title-" + chart.id())
                    .both(chart.leftTitle().english(), chart.leftTitle().chinese())
                    .close();
            Figure figure = Figure.of(untitled(chart));
            shell.add(figure);
            RunFigureSection.draw(page, figure, List.of(List.of(SMALL)));
            page.close();
        }
        page.close().close().line();
    }

    /** The chart without the name of its axis, where a heading stands above it that says the same. */
    private static Chart untitled(Chart chart) {
        return new Chart(
                chart.id(),
                chart.steps(),
                chart.left(),
                BilingualText.NONE,
                chart.right(),
                chart.rightTitle(),
                chart.lines());
    }

    private void plan() {
        section("plan", Words.PLAN);
        PageTables tables = new PageTables(page, data.runs());
        tables.plan();
        tables.otherProfiles();
        page.close().line();
    }

    private void guardVerdicts() {
        section("verdicts", Words.VERDICTS);
        new PageTables(page, data.runs()).verdicts(runFigure.strands());
        page.close().line();
    }

    private void samples() {
        section("samples", Words.SAMPLES);
        if (data.withTexts()) {
            new SamplePanels(page, data.runs()).draw();
        } else {
            note(Words.NO_TEXTS);
        }
        page.close().line();
    }

    private void warnings() {
        if (data.runs().stream().allMatch(run -> run.warnings().isEmpty())) {
            return;
        }
        section("warnings", Words.WARNINGS);
        new PageTables(page, data.runs()).warnings();
        page.close().line();
    }

    private void environment() {
        if (data.runs().stream().allMatch(run -> run.environment().isEmpty())) {
            return;
        }
        section("environment", Words.ENVIRONMENT);
        new PageTables(page, data.runs()).environment();
        page.close().line();
    }

    private void note(Words words, Object... values) {
        page.open("p", "class", "note").words(words, values).close();
    }
}
