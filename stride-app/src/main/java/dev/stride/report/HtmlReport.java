package dev.stride.report;

import dev.stride.experiment.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;

/**
 * The page that shows a run, or compares several: one file that needs no network.
 *
 * <p>Everything is visible without script; the toggles are plain form elements, and the script only reads values under
 * the pointer. Its content policy allows exactly the one style sheet and the one script that it carries, so that a text
 * from a data set can do nothing even if it were not escaped. The page is well-formed XML.
 */
public final class HtmlReport {
    private static final Frame SMALL = new Frame("small", 340, 200, 40, 10, 12, 44);

    private final ReportData data;
    private final Language first;
    private final Markup page = new Markup();
    private final List<Figure> figures = new ArrayList<>();
    private final RunFigure runFigure;

    private HtmlReport(ReportData data, Language first) {
        this.data = data;
        this.first = first;
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
        String style = resource("report.css") + runStyles();
        String script = resource("report.js");
        page.open("html", "lang", first.tag()).line();
        page.open("head").line();
        page.leaf("meta", "charset", "utf-8").line();
        page.leaf(
                "meta",
                "http-equiv",
                "Content-Security-Policy",
                "content",
                "default-src 'none'; style-src " + hash(style) + "; script-src " + hash(script)
                        + "; base-uri 'none'; form-action 'none'");
        page.line().leaf("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
        page.leaf("meta", "name", "color-scheme", "content", "light dark").line();
        page.element("title", data.title()).line();
        page.code("style", style).line().close();
        page.open("body").line();
        switches();
        page.open("div", "class", "page").line();
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
        page.open("footer").words(Words.FOOTER).close();
        page.close().line();
        page.code("script", ChartJson.of(figures), "type", "application/json", "id", "charts")
                .line();
        page.code("script", script).line().close().close();
        return "<!DOCTYPE html>\n" + page + "\n";
    }

    /** Form elements stand before the page, so that the style sheet can act on them without script. */
    private void switches() {
        for (Language language : Language.values()) {
            List<String> attributes = new ArrayList<>(
                    List.of("type", "radio", "name", "language", "id", "show-" + language.tag(), "class", "switch"));
            attributes.addAll(List.of("autocomplete", "off"));
            attributes.addAll(List.of("aria-label", language == Language.ENGLISH ? "English" : "中文"));
            if (language == first) {
                attributes.addAll(List.of("checked", "checked"));
            }
            page.leaf("input", attributes.toArray(String[]::new));
        }
        box("smooth", Words.SMOOTH.in(first));
        if (data.runs().size() > 1) {
            for (int i = 0; i < data.runs().size(); i++) {
                box("run-" + i, data.runs().get(i).name());
            }
        }
        page.line();
    }

    private void box(String id, String label) {
        page.leaf(
                "input",
                "type",
                "checkbox",
                "id",
                id,
                "class",
                "switch",
                "autocomplete",
                "off",
                "aria-label",
                label,
                "checked",
                "checked");
    }

    /** The rules that need the number of runs. */
    private String runStyles() {
        StringBuilder rules = new StringBuilder();
        for (int i = 0; i < data.runs().size(); i++) {
            rules.append("#run-" + i + ":not(:checked)~.page .run-" + i + "{display:none}\n");
            rules.append("#run-" + i + ":not(:checked)~.page [for=run-" + i + "]{opacity:.45}\n");
            rules.append("#run-" + i + ":focus-visible~.page [for=run-" + i + "]{outline:2px solid var(--focus)}\n");
        }
        return rules.toString();
    }

    private void header() {
        page.open("header");
        page.open("div", "class", "languages");
        page.element("label", "English", "for", "show-en", "lang", "en");
        page.element("label", "中文", "for", "show-zh", "lang", "zh");
        page.close();
        page.element("h1", data.title(), "class", "given");
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
        RunFigureSection section = new RunFigureSection(page, data.runs(), runFigure);
        section.draw();
        if (!section.isEmpty()) {
            figures.add(runFigure.figure());
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
            figures.add(figure);
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
        new SamplePanels(page, data.runs()).draw();
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

    private static String resource(String name) {
        try (InputStream in = Objects.requireNonNull(HtmlReport.class.getResourceAsStream(name), name)) {
            // browsers read line ends so, and the policy's hash is of what they read
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n");
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + name + " of this program: " + e.getMessage(), e);
        }
    }

    private static String hash(String code) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(code.getBytes(StandardCharsets.UTF_8));
            return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
