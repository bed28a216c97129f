package dev.stride.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.stride.experiment.BranchEvent;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.NoteEvent;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.RunResult;
import dev.stride.experiment.SampleRecord;
import dev.stride.experiment.SkipEvent;
import dev.stride.experiment.StepEvent;
import dev.stride.experiment.VerdictEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NamedNodeMap;

class HtmlReportTest {
    private static final Pattern POINT = Pattern.compile("[ML]([-0-9.]+) ([-0-9.]+)");

    /** Two decimals of a pixel, as the page writes them. */
    private static final double PIXEL = 0.00501;

    @TempDir
    Path temp;

    private static StepEvent step(long step, double loss, double lr) {
        return new StepEvent(step, loss, Map.of("all", lr), 1, 10, 0.1, 100, 1);
    }

    private static Element svg(Document page, String chart, String frame) {
        return ReportPages.elements(page, "svg").stream()
                .filter(e -> e.getAttribute("data-chart").equals(chart) && ReportPages.hasClass(e, frame))
                .findFirst()
                .orElseThrow();
    }

    private static List<Element> groups(Element svg, String kind) {
        var all = svg.getElementsByTagName("g");
        List<Element> groups = new ArrayList<>();
        for (int i = 0; i < all.getLength(); i++) {
            Element group = (Element) all.item(i);
            if (group.getAttribute("data-kind").equals(kind)) {
                groups.add(group);
            }
        }
        return groups;
    }

    private static List<double[]> points(Element group) {
        List<double[]> points = new ArrayList<>();
        for (Element path : ReportPages.children(group, "path")) {
            Matcher matcher = POINT.matcher(path.getAttribute("d"));
            while (matcher.find()) {
                points.add(new double[] {Double.parseDouble(matcher.group(1)), Double.parseDouble(matcher.group(2))});
            }
        }
        for (Element circle : ReportPages.children(group, "circle")) {
            points.add(new double[] {
                Double.parseDouble(circle.getAttribute("cx")), Double.parseDouble(circle.getAttribute("cy"))
            });
        }
        return points;
    }

    /**
     * Where a value must lie, computed from the plot's rectangle and the ends of the axes alone.
     *
     * @param plot left, top, width, height
     */
    private static double[] place(double[] plot, Axis.Linear steps, Axis axis, double step, double value) {
        double x = plot[0] + plot[2] * (step - steps.low()) / (steps.high() - steps.low());
        double share = axis instanceof Axis.Log
                ? (Math.log(value) - Math.log(axis.low())) / (Math.log(axis.high()) - Math.log(axis.low()))
                : (value - axis.low()) / (axis.high() - axis.low());
        return new double[] {x, plot[1] + plot[3] * (1 - share)};
    }

    /** The plot's rectangle: left, top, width, height. */
    private static double[] plot(Element svg) {
        return Arrays.stream(svg.getAttribute("data-plot").split(" "))
                .mapToDouble(Double::parseDouble)
                .toArray();
    }

    private static void assertPointsAre(Element svg, String kind, int run, Axis axis, long[] steps, double[] values) {
        double[] plot = plot(svg);
        Element group = groups(svg, kind).stream()
                .filter(g -> g.getAttribute("data-run").equals("" + run))
                .findFirst()
                .orElseThrow();
        List<double[]> points = points(group);
        assertThat(points).as("%s of run %d", kind, run).hasSize(steps.length);
        for (int i = 0; i < steps.length; i++) {
            double[] expected =
                    place(plot, new Axis.Linear(0, SyntheticRuns.STEPS), axis, (double) steps[i], values[i]);
            assertThat(points.get(i)).containsExactly(expected, within(PIXEL));
        }
    }

    @Test
    void firstChart_everyPointOfEveryRunLiesWhereItsEventSays() {
        ReportData data = SyntheticRuns.threeRates();
        Document page = ReportPages.parse(HtmlReport.render(data, Language.ENGLISH));
        RateLossChart chart = RateLossChart.of(data.runs());
        Axis left = chart.chart().left();
        Axis right = Objects.requireNonNull(chart.chart().right());
        assertThat(right).as("three rates a decade apart").isInstanceOf(Axis.Log.class);
        int compared = 0;
        for (String frame : List.of("wide", "narrow")) {
            Element svg = svg(page, "rate-loss", frame);
            for (int i = 0; i < data.runs().size(); i++) {
                ReportRun run = data.runs().get(i);
                long[] steps = run.steps().stream().mapToLong(StepEvent::step).toArray();
                double[] losses =
                        run.steps().stream().mapToDouble(StepEvent::loss).toArray();
                double[] rates = run.steps().stream()
                        .mapToDouble(s -> s.lr().get("decay"))
                        .toArray();
                assertPointsAre(svg, "raw", i, left, steps, losses);
                assertPointsAre(svg, "rate", i, right, steps, rates);
                assertPointsAre(
                        svg,
                        "planned",
                        i,
                        right,
                        run.planned().stream().mapToLong(RatePoint::step).toArray(),
                        run.planned().stream().mapToDouble(RatePoint::lr).toArray());
                assertPointsAre(
                        svg,
                        "points",
                        i,
                        left,
                        run.evals().stream().mapToLong(EvalEvent::step).toArray(),
                        run.evals().stream().mapToDouble(EvalEvent::loss).toArray());
                compared +=
                        2 * steps.length + run.planned().size() + run.evals().size();
            }
        }
        // 600 + 600 + 430 updates twice, 3 x 600 planned, 7 + 7 + 5 evaluations; in two frames
        assertThat(compared).isEqualTo(2 * (2 * 1630 + 1800 + 19));
    }

    @Test
    void firstChart_everyTickStandsAtItsValue() {
        ReportData data = SyntheticRuns.threeRates();
        Element svg = svg(ReportPages.parse(HtmlReport.render(data, Language.ENGLISH)), "rate-loss", "wide");
        double[] plot = plot(svg);
        Chart chart = RateLossChart.of(data.runs()).chart();
        int ticks = 0;
        for (Element text : ReportPages.children(ReportPages.children(svg, "g").get(0), "text")) {
            if (text.getAttribute("class").isEmpty()) {
                double x = Double.parseDouble(text.getAttribute("x"));
                double y = Double.parseDouble(text.getAttribute("y"));
                double value = Double.parseDouble(text.getTextContent());
                switch (text.getAttribute("text-anchor")) {
                    case "end" ->
                        assertThat(y - 4)
                                .isEqualTo(place(plot, chart.steps(), chart.left(), 0, value)[1], within(PIXEL));
                    case "start" ->
                        assertThat(y - 4)
                                .isEqualTo(
                                        place(plot, chart.steps(), Objects.requireNonNull(chart.right()), 0, value)[1],
                                        within(PIXEL));
                    default ->
                        assertThat(x).isEqualTo(place(plot, chart.steps(), chart.left(), value, 0)[0], within(PIXEL));
                }
                ticks++;
            }
        }
        // 3, 4, 5, 6; 1, 2 and 5 from 1e-7 to 1e-4; the steps stand below the last panel
        assertThat(ticks).isEqualTo(4 + 10);
        List<String> steps = new ArrayList<>();
        for (Element text : ReportPages.children(ReportPages.children(svg, "g").get(2), "text")) {
            if (text.getAttribute("class").isEmpty()
                    && text.getAttribute("text-anchor").equals("middle")) {
                double at = Double.parseDouble(text.getTextContent());
                assertThat(Double.parseDouble(text.getAttribute("x")))
                        .isEqualTo(place(plot, chart.steps(), chart.left(), at, 0)[0], within(PIXEL));
                steps.add(text.getTextContent());
            }
        }
        assertThat(steps).containsExactly("0", "100", "200", "300", "400", "500", "600");
    }

    @Test
    void firstChart_isTheFirstOnThePageAndHasBothAxes() {
        Document page = ReportPages.parse(HtmlReport.render(SyntheticRuns.threeRates(), Language.ENGLISH));
        Element first = ReportPages.elements(page, "svg").stream()
                .filter(e -> e.hasAttribute("data-chart"))
                .findFirst()
                .orElseThrow();
        assertThat(first.getAttribute("data-chart")).isEqualTo("rate-loss");
        assertThat(first.getTextContent()).contains("loss", "learning rate", "1e-5", "step (optimizer updates)");
    }

    @Test
    void planned_isPaintedBeforeWhatWasUsed() {
        Document page = ReportPages.parse(HtmlReport.render(SyntheticRuns.oneRun(), Language.ENGLISH));
        List<String> kinds = new ArrayList<>();
        var all = svg(page, "rate-loss", "wide").getElementsByTagName("g");
        for (int i = 0; i < all.getLength(); i++) {
            kinds.add(((Element) all.item(i)).getAttribute("data-kind"));
        }
        kinds.removeIf(String::isEmpty);
        assertThat(kinds)
                .containsExactly(
                        "planned",
                        "rate",
                        "raw",
                        "smooth",
                        "points",
                        "curve",
                        "curve",
                        "curve",
                        "curve",
                        "clip",
                        "norm",
                        "clip-rate");
    }

    @Test
    void marks_standAtTheirStepsWithTheirWords() {
        Document page = ReportPages.parse(HtmlReport.render(SyntheticRuns.threeRates(), Language.ENGLISH));
        List<String> steps = new ArrayList<>();
        var all = svg(page, "rate-loss", "wide").getElementsByTagName("g");
        for (int i = 0; i < all.getLength(); i++) {
            Element group = (Element) all.item(i);
            if (ReportPages.hasClass(group, "mark")) {
                steps.add(group.getAttribute("data-step"));
            }
        }
        assertThat(steps).containsExactly("398", "431");
        Element list = ReportPages.elements(page, "ol").get(0);
        assertThat(list.getTextContent())
                .contains("the loss is not finite (Infinity)", "grad-norm: stop", "the norm 53.1 was above 50");
    }

    @Test
    void hostileTexts_everywhere_stayTexts() {
        List<String> attacks = List.of(
                "</script><script>alert(1)</script>",
                "<img src=x onerror=alert(1)>",
                "\" onmouseover=\"alert(1)",
                "' autofocus onfocus='alert(1)",
                "]]><b>&amp;",
                "{0} {1} $1 \\",
                "\u0000\u0001\ud800\uffff\u2028 end",
                "<!-- <svg/onload=alert(1)>");
        int seen = 0;
        for (String attack : attacks) {
            Map<String, Double> rates = new LinkedHashMap<>();
            rates.put(attack, 1e-5);
            rates.put(attack + "2", 2e-5);
            List<RunEvent> events = List.of(
                    new StepEvent(1, 3, rates, 1, 10, 0.1, 100, 1),
                    new StepEvent(2, 2, rates, 1, 10, 0.1, 100, 1),
                    new EvalEvent(2, 2.5, 10, Map.of(attack, 1.0), 1),
                    new VerdictEvent(1, attack, attack, attack),
                    new SkipEvent(2, attack),
                    new NoteEvent(2, attack),
                    new BranchEvent(1, "recovery-1", attack, 0.5, attack),
                    new StepEvent(2, 2, rates, 1, 10, 0.1, 100, 1));
            List<SampleRecord> samples = List.of(
                    new SampleRecord(1, attack, attack, attack, Map.of(attack, 1.0)),
                    new SampleRecord(2, attack, attack, attack, Map.of(attack, 1.0)));
            ReportRun run = new ReportRun(
                    attack,
                    List.of(),
                    events,
                    samples,
                    List.of(new LedgerEntry(attack, attack, attack)),
                    List.of(attack),
                    Map.of(attack, attack),
                    new RunResult(RunResult.Status.STOPPED, 2, null, Map.of(), attack),
                    1.0,
                    List.of(new BilingualText(attack, attack + "zh")),
                    new OtherProfile(
                            attack,
                            List.of(new LedgerEntry(attack, attack, attack)),
                            List.of(new LedgerEntry(attack, attack, attack)),
                            attack));
            String html = HtmlReport.render(
                    new ReportData(attack, new BilingualText(attack, attack + "zh"), List.of(run, run)),
                    Language.CHINESE);
            Document page = ReportPages.parse(html);
            assertThat(ReportPages.elements(page, "script")).hasSize(2);
            assertThat(html.split("</script", -1)).hasSize(3);
            assertThat(ReportPages.elements(page, "img")).isEmpty();
            assertThat(ReportPages.elements(page, "b")).isEmpty();
            String shown = attack.replaceAll("[\u0000\u0001\uffff]", "\ufffd").replace('\ud800', '\ufffd');
            assertThat(ReportPages.elements(page, "title").get(0).getTextContent())
                    .isEqualTo(shown);
            assertThat(page.getDocumentElement().getTextContent().split(Pattern.quote(shown), -1).length)
                    .as("as text, many times")
                    .isGreaterThan(30);
            assertSafe(page);
            seen++;
        }
        assertThat(seen).isEqualTo(8);
    }

    /** No attribute that runs or fetches anything, in the whole page. */
    private static void assertSafe(Document page) {
        int attributes = 0;
        for (Element element : ReportPages.elements(page, "*")) {
            NamedNodeMap map = element.getAttributes();
            for (int i = 0; i < map.getLength(); i++) {
                String name = map.item(i).getNodeName();
                assertThat(name).doesNotStartWith("on").isNotEqualTo("style").isNotEqualTo("src");
                if (name.equals("href")) {
                    assertThat(map.item(i).getNodeValue()).startsWith("#");
                }
                attributes++;
            }
        }
        assertThat(attributes).isGreaterThan(200);
    }

    @Test
    void page_asksForNothingOutsideItself() {
        String html = HtmlReport.render(SyntheticRuns.threeRates(), Language.ENGLISH);
        assertThat(html)
                .doesNotContain("http:")
                .doesNotContain("https:")
                .doesNotContain("@import")
                .doesNotContain("<link")
                .doesNotContain("fetch(")
                .doesNotContain("XMLHttpRequest");
        assertThat(html.replace("url(#clip-", "")).doesNotContain("url(");
        assertSafe(ReportPages.parse(html));
    }

    @Test
    void policy_allowsExactlyTheStyleAndTheScriptOfThePage() throws Exception {
        Document page = ReportPages.parse(HtmlReport.render(SyntheticRuns.threeRates(), Language.ENGLISH));
        String policy = ReportPages.elements(page, "meta").stream()
                .filter(e -> e.getAttribute("http-equiv").equals("Content-Security-Policy"))
                .findFirst()
                .orElseThrow()
                .getAttribute("content");
        String html = HtmlReport.render(SyntheticRuns.threeRates(), Language.ENGLISH);
        assertThat(policy)
                .startsWith("default-src 'none'")
                .doesNotContain("unsafe")
                .contains("style-src " + hashOf(html, "<style>", "</style>"))
                .contains("script-src " + hashOf(html, "<script>", "</script>"));
    }

    private static String hashOf(String html, String from, String to) throws Exception {
        int begin = html.indexOf(from) + from.length();
        byte[] code = html.substring(begin, html.indexOf(to, begin)).getBytes(StandardCharsets.UTF_8);
        return "'sha256-"
                + Base64.getEncoder()
                        .encodeToString(MessageDigest.getInstance("SHA-256").digest(code))
                + "'";
    }

    @Test
    void languages_areBothOnThePage_andTheGivenOneIsFirst() {
        for (Language language : Language.values()) {
            Document page = ReportPages.parse(HtmlReport.render(SyntheticRuns.threeRates(), language));
            assertThat(page.getDocumentElement().getAttribute("lang")).isEqualTo(language.tag());
            List<Element> checked = ReportPages.elements(page, "input").stream()
                    .filter(e -> e.getAttribute("type").equals("radio") && e.hasAttribute("checked"))
                    .toList();
            assertThat(checked).hasSize(1);
            assertThat(checked.get(0).getAttribute("id")).isEqualTo("show-" + language.tag());
            Map<String, Integer> counts = new LinkedHashMap<>();
            for (Element element : ReportPages.elements(page, "*")) {
                if (ReportPages.hasClass(element, "t")) {
                    counts.merge(element.getAttribute("lang"), 1, Integer::sum);
                }
            }
            assertThat(counts).containsOnlyKeys("en", "zh");
            assertThat(counts.get("en")).isEqualTo(counts.get("zh")).isGreaterThan(80);
        }
    }

    @Test
    void longRun_isThinnedAndSaysSo_andKeepsItsSpike() {
        List<StepEvent> steps = LongStream.rangeClosed(1, 40_000)
                .mapToObj(s -> step(s, s == 23_457 ? 5.9 : 3 + (s % 97) * 0.01, 2e-5))
                .toList();
        ReportData data = ReportPages.report(ReportPages.run("long", steps));
        String html = HtmlReport.render(data, Language.ENGLISH);
        RateLossChart chart = RateLossChart.of(data.runs());
        assertThat(chart.numUpdates()).isEqualTo(40_000);
        assertThat(chart.numDrawn()).isLessThanOrEqualTo(4 * 700);
        assertThat(html)
                .contains(chart.numDrawn() + " of 40000 updates are drawn")
                .contains("5.9,");
        assertThat(html.length()).isLessThan(1_500_000);
    }

    @Test
    void lossesThatAreNotFinite_breakTheLine() {
        Document page = ReportPages.parse(HtmlReport.render(
                ReportPages.report(ReportPages.run(
                        "gap",
                        List.of(
                                step(1, 3, 1e-5),
                                step(2, 2.9, 1e-5),
                                step(3, Double.NaN, 1e-5),
                                step(4, 2.8, 1e-5),
                                step(5, Double.POSITIVE_INFINITY, 1e-5),
                                step(6, 2.7, 1e-5),
                                step(7, 2.6, 1e-5)))),
                Language.ENGLISH));
        String path = ReportPages.children(
                        groups(svg(page, "rate-loss", "wide"), "raw").get(0), "path")
                .get(0)
                .getAttribute("d");
        assertThat(path.replaceAll("[-0-9. ]", "")).isEqualTo("MLMhML");
    }

    @Test
    void everyWord_isShownByOneReportOrAnother() {
        List<StepEvent> many = LongStream.rangeClosed(1, 5000)
                .mapToObj(s -> step(s, s > 4990 ? 90 : 3, s == 5000 ? 0 : 2e-5))
                .toList();
        List<RunEvent> notes = new ArrayList<>(many);
        List<SampleRecord> samples = new ArrayList<>();
        for (int i = 1; i <= 50; i++) {
            notes.add(new NoteEvent(i, "note " + i));
            samples.add(new SampleRecord(i, "prompt " + i, " ", "reference", Map.of()));
        }
        OtherProfile same = new OtherProfile("evidence", List.of(), List.of(), "");
        ReportRun busy = new ReportRun(
                "a", List.of(), notes, samples, List.of(), List.of(), Map.of(), null, null, List.of(), same);
        StringBuilder pages = new StringBuilder();
        for (RunResult.Status status : RunResult.Status.values()) {
            RunResult result = new RunResult(status, 1, null, Map.of(), "");
            pages.append(HtmlReport.render(
                    ReportPages.report(ReportPages.run("x", List.of(), List.of(), result)), Language.ENGLISH));
        }
        pages.append(HtmlReport.render(ReportPages.report(busy), Language.ENGLISH));
        pages.append(HtmlReport.render(SyntheticRuns.threeRates(), Language.ENGLISH));
        pages.append(HtmlReport.render(SyntheticRuns.oneRun(), Language.ENGLISH));
        pages.append(HtmlReport.render(SyntheticRuns.recovery(), Language.ENGLISH));
        SweepData sweep = SweepFile.read(SyntheticSweep.write(temp.resolve("sweep")));
        pages.append(SweepPages.all(sweep));
        for (Language language : Language.values()) {
            for (String line : SweepLines.of(sweep, language)) {
                for (String part : (line + "；" + line.replaceAll("[;,，]", "；")).split("；", -1)) {
                    pages.append('>').append(new Markup().text(part.strip())).append('<');
                }
            }
        }
        String all = pages.toString();
        int words = 0;
        for (Words word : Words.values()) {
            for (Language language : Language.values()) {
                String marked = word.in(language, "\u0001", "\u0001", "\u0001", "\u0001");
                StringBuilder pattern = new StringBuilder();
                for (String part : marked.split("\u0001", -1)) {
                    String escaped = new Markup().text(part).toString();
                    pattern.append(pattern.isEmpty() ? "" : "[^<]*").append(Pattern.quote(escaped));
                }
                assertThat(Pattern.compile(">" + pattern + "<").matcher(all).find())
                        .as("%s in %s", word, language)
                        .isTrue();
            }
            words++;
        }
        assertThat(words).isEqualTo(Words.values().length).isGreaterThan(50);
    }

    @Test
    void words_areWholeInBothLanguages() {
        Pattern han = Pattern.compile("\\p{IsHan}");
        for (Words word : Words.values()) {
            String english = word.in(Language.ENGLISH, "\u0001", "\u0002", "\u0003", "\u0004");
            String chinese = word.in(Language.CHINESE, "\u0001", "\u0002", "\u0003", "\u0004");
            assertThat(english).as("%s", word).isNotBlank().isNotEqualTo(chinese);
            assertThat(han.matcher(english).find()).as("%s", word).isFalse();
            assertThat(english.chars().filter(c -> c < 5).sorted().toArray())
                    .as("the gaps of %s", word)
                    .isEqualTo(chinese.chars().filter(c -> c < 5).sorted().toArray());
            if (word != Words.VERDICT) {
                assertThat(han.matcher(chinese).find()).as("%s", word).isTrue();
            }
        }
    }

    @Test
    void samples_standBesideTheirReference_theLastOfEachRunInFront() {
        Document page = ReportPages.parse(HtmlReport.render(SyntheticRuns.threeRates(), Language.ENGLISH));
        List<Element> panels = ReportPages.elements(page, "article");
        assertThat(panels).hasSize(2);
        assertThat(panels.get(0).getTextContent()).contains("类型#上衣", "选用透气的棉料制成", "这款衬衫采用柔软的棉质面料", "衬衫衬衫的的蓝色");
        List<Element> columns =
                ReportPages.children(ReportPages.children(panels.get(0), "div").get(1), "div");
        assertThat(columns).hasSize(4);
        assertThat(columns.get(0).getTextContent()).contains("Reference");
        assertThat(columns.get(1).getTextContent()).contains("lr 6e-6 (0.3x)", "step 600", "Earlier (5)");
        assertThat(columns.get(3).getTextContent()).contains("lr 6e-5 (3x)", "step 400", "Earlier (3)");
    }

    @Test
    void plan_sameForAllRuns_standsOnce() {
        Document page = ReportPages.parse(HtmlReport.render(SyntheticRuns.threeRates(), Language.ENGLISH));
        Element plan = ReportPages.elements(page, "section").stream()
                .filter(e -> e.getAttribute("id").equals("plan"))
                .findFirst()
                .orElseThrow();
        List<String> names = new ArrayList<>();
        var heads = plan.getElementsByTagName("th");
        for (int i = 0; i < heads.getLength(); i++) {
            if (((Element) heads.item(i)).getAttribute("scope").equals("row")) {
                names.add(heads.item(i).getTextContent());
            }
        }
        assertThat(names)
                .containsExactly(
                        "peak rate",
                        "peak rate",
                        "peak rate",
                        "schedule学习率曲线",
                        "warm-up",
                        "updates更新次数",
                        "weight decay权重衰减",
                        "trainable parameters",
                        // of the other profile: its ledger, and what differs
                        "lr: recipe学习率：配方基准",
                        "lr: method学习率：微调方法",
                        "peak峰值");
    }

    @Test
    void write_leavesTheWholePage() throws IOException {
        Path file = temp.resolve("report.html");
        HtmlReport.write(file, SyntheticRuns.oneRun(), Language.CHINESE);
        assertThat(Files.readString(file)).isEqualTo(HtmlReport.render(SyntheticRuns.oneRun(), Language.CHINESE));
    }
}
