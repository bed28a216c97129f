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
    private static final Frame WIDE = new Frame("wide", 1000, 430, 56, 66, 26, 46);
    private static final Frame NARROW = new Frame("narrow", 400, 360, 44, 54, 26, 46);
    private static final Frame STRIP = new Frame("wide", 1000, 230, 56, 66, 12, 46);
    private static final Frame SMALL = new Frame("small", 340, 200, 40, 10, 12, 44);

    private final ReportData data;
    private final Language first;
    private final Markup page = new Markup();
    private final List<Chart> charts = new ArrayList<>();
    private final RateLossChart rateLoss;

    private HtmlReport(ReportData data, Language first) {
        this.data = data;
        this.first = first;
        this.rateLoss = RateLossChart.of(data.runs());
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
        rateAndLoss();
        runs();
        validation();
        gradNorm();
        plan();
        samples();
        warnings();
        environment();
        page.close();
        page.open("footer").words(Words.FOOTER).close();
        page.close().line();
        page.code("script", ChartJson.of(charts), "type", "application/json", "id", "charts")
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
        box("smooth", Words.SMOOTH.in(first, ""));
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
        verdicts();
        int warnings =
                data.runs().stream().mapToInt(run -> run.warnings().size()).sum();
        if (warnings > 0) {
            page.open("p", "class", "alert").open("a", "href", "#warnings");
            page.words(Words.NUM_WARNINGS, warnings).close().close();
        }
        page.close().line();
    }

    /** What each run's curve shows: its first verdict, and the others below. */
    private void verdicts() {
        for (int i = 0; i < data.runs().size(); i++) {
            for (BilingualText verdict : data.runs().get(i).verdicts()) {
                page.open("p", "class", "verdict run-" + i);
                if (data.runs().size() > 1) {
                    page.element("strong", data.runs().get(i).name(), "class", "given")
                            .text(" ");
                }
                page.both(verdict.english(), verdict.chinese()).close();
            }
        }
    }

    private void section(String id, Words heading) {
        page.open("section", "id", id);
        page.open("h2", "id", "title-" + id).words(heading).close().line();
    }

    private void rateAndLoss() {
        section(rateLoss.chart().id(), Words.RATE_AND_LOSS);
        if (rateLoss.numUpdates() == 0) {
            note(Words.NO_STEPS);
        }
        if (rateLoss.numUpdates() > 0 || !rateLoss.chart().lines().isEmpty()) {
            legend();
            figure(rateLoss.chart(), WIDE, NARROW);
            page.open("p", "class", "note");
            page.open("span", "class", "help").words(Words.CHART_HELP).close();
            if (rateLoss.chart().right() instanceof Axis.Log) {
                page.text(" ").words(Words.LOG_RATE);
            }
            if (rateLoss.lossLimit() != null) {
                page.text(" ").words(Words.OFF_SCALE, Numbers.compact(rateLoss.lossLimit()));
            }
            if (rateLoss.numDrawn() < rateLoss.numUpdates()) {
                page.text(" ").words(Words.THINNED, rateLoss.numDrawn(), rateLoss.numUpdates());
            }
            page.close();
        }
        events();
        page.close().line();
    }

    private void legend() {
        boolean several = data.runs().size() > 1;
        page.open("div", "class", "legend");
        if (several) {
            page.open("div", "class", "names");
            for (int i = 0; i < data.runs().size(); i++) {
                page.open("label", "for", "run-" + i);
                key(Chart.Kind.SMOOTH, ChartSvg.colour(i));
                page.element("span", data.runs().get(i).name(), "class", "given")
                        .close();
            }
            page.close();
        }
        page.open("div", "class", "kinds");
        kind(Chart.Kind.RAW, Words.LEGEND_LOSS, several ? "grey" : "c0");
        kind(Chart.Kind.POINTS, Words.LEGEND_EVAL, several ? "grey" : "c0");
        kind(Chart.Kind.RATE, Words.LEGEND_RATE, several ? "grey" : "c1");
        kind(Chart.Kind.PLANNED, Words.LEGEND_PLANNED, several ? "grey" : "c1");
        if (rateLoss.smoothing() > 0) {
            page.open("label", "for", "smooth", "class", "box");
            page.words(Words.SMOOTH, rateLoss.smoothing()).close();
        }
        page.close().close().line();
    }

    private void kind(Chart.Kind kind, Words words, String colour) {
        if (rateLoss.chart().lines().stream().anyMatch(line -> line.kind() == kind)) {
            page.open("span");
            key(kind == Chart.Kind.RAW ? Chart.Kind.SMOOTH : kind, colour);
            page.words(words).close();
        }
    }

    private void key(Chart.Kind kind, String colour) {
        page.open("svg", "class", "key", "width", "26", "height", "10", "viewBox", "0 0 26 10", "aria-hidden", "true");
        page.open("g", "class", kind.word() + " " + colour);
        if (kind == Chart.Kind.POINTS) {
            page.leaf("circle", "cx", "13", "cy", "5", "r", "3.5");
        } else {
            page.leaf("path", "d", "M1 5H25");
        }
        page.close().close();
    }

    private void figure(Chart chart, Frame... frames) {
        charts.add(chart);
        page.open("figure", "tabindex", "0", "data-figure", chart.id()).line();
        for (Frame frame : frames) {
            new ChartSvg(page, chart, frame).draw();
        }
        page.close().line();
    }

    private void events() {
        List<Chart.Mark> marks = rateLoss.chart().marks();
        if (marks.isEmpty()) {
            return;
        }
        page.open("h3").words(Words.EVENTS).close();
        page.open("ol", "class", "events").line();
        for (Chart.Mark mark : marks) {
            page.open("li", "class", "run-" + mark.run());
            page.element("span", Integer.toString(mark.number()), "class", "badge " + ChartSvg.colour(mark.run()));
            page.open("span", "class", "when");
            if (data.runs().size() > 1) {
                page.element("span", data.runs().get(mark.run()).name(), "class", "given")
                        .text(" · ");
            }
            page.words(Words.STEP, mark.step()).close();
            page.open("strong")
                    .both(mark.label().english(), mark.label().chinese())
                    .close();
            page.element("span", mark.text(), "class", "given").close().line();
        }
        page.close();
        if (marks.size() < rateLoss.numEvents()) {
            note(Words.MORE_EVENTS, rateLoss.numEvents() - marks.size());
        }
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
        List<Chart> panels =
                MetricCharts.validation(data.runs(), rateLoss.chart().steps());
        if (panels.isEmpty()) {
            note(Words.NO_EVALS);
        }
        page.open("div", "class", "panels");
        for (Chart chart : panels) {
            page.open("div", "class", "panel");
            page.open("h3", "id", "title-" + chart.id())
                    .both(chart.leftTitle().english(), chart.leftTitle().chinese())
                    .close();
            figure(untitled(chart), SMALL);
            page.close();
        }
        page.close().close().line();
    }

    private void gradNorm() {
        for (Chart chart : MetricCharts.gradNorm(data.runs(), rateLoss.chart().steps())) {
            section(chart.id(), Words.GRAD_NORM);
            figure(untitled(chart), STRIP, NARROW);
            page.close().line();
        }
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
                chart.lines(),
                chart.marks());
    }

    private void plan() {
        section("plan", Words.PLAN);
        new PageTables(page, data.runs()).plan();
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
