package dev.stride.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.stride.experiment.BranchEvent;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.NoteEvent;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.SkipEvent;
import dev.stride.experiment.StepEvent;
import dev.stride.experiment.VerdictEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class RunFigureTest {
    private static StepEvent step(long step, double loss, double lr, double norm) {
        return new StepEvent(step, loss, Map.of("all", lr), norm, 10, 0.1, 100, 1);
    }

    private static ReportRun clipped(double clip, List<? extends RunEvent> events) {
        return new ReportRun(
                "run",
                List.of(),
                List.copyOf(events),
                List.of(),
                List.of(),
                List.of(),
                Map.of(),
                null,
                clip,
                List.of(),
                null);
    }

    private static List<Chart.Line> lines(RunFigure figure, Chart.Kind kind) {
        return figure.figure().panels().stream()
                .flatMap(panel -> panel.lines().stream())
                .filter(line -> line.kind() == kind)
                .toList();
    }

    private static String longRun(int steps) {
        Random random = new Random(5);
        List<StepEvent> events = LongStream.rangeClosed(1, steps)
                .mapToObj(s -> step(
                        s,
                        s == 66_667 ? 5.5678 : s == 77_778 ? 0.1234 : 3 + random.nextDouble(),
                        2e-5 * (1 + Math.cos(Math.PI * s / steps)),
                        0.5 + random.nextDouble()))
                .toList();
        return HtmlReport.render(ReportPages.report(clipped(1, events)), Language.ENGLISH);
    }

    @Test
    void panels_shareOneAxisOfStepsAndStandUnderEachOther() {
        RunFigure figure = RunFigure.of(SyntheticRuns.oneRun().runs());
        assertThat(figure.figure().panels()).extracting(Chart::id).containsExactly("rate-loss", "scores", "grad-norm");
        assertThat(figure.figure().panels())
                .allMatch(panel -> panel.steps().equals(figure.figure().steps()));
        assertThat(figure.figure().panels().get(0).right()).isInstanceOf(Axis.Log.class);
        List<Frame> frames = Frame.stacked("f", 1000, 50, 60, List.of(300, 130, 130));
        for (int i = 1; i < frames.size(); i++) {
            assertThat(frames.get(i).top()).isGreaterThan(frames.get(i - 1).y(0));
            assertThat(frames.get(i).height()).isEqualTo(frames.get(0).height());
        }
    }

    @Test
    void scores_inPercentAndFromZeroToOne_haveAnAxisEach() {
        Chart scores =
                RunFigure.of(SyntheticRuns.oneRun().runs()).figure().panels().get(1);
        assertThat(scores.leftTitle().english()).isEqualTo("ROUGE-1, ROUGE-2, ROUGE-L");
        assertThat(scores.rightTitle().english()).isEqualTo("BLEU-4");
        assertThat(scores.lines()).filteredOn(Chart.Line::onRight).hasSize(1);
        assertThat(scores.lines()).extracting(Chart.Line::colour).doesNotHaveDuplicates();
    }

    @Test
    void severalRuns_showOneScoreInTheirColours() {
        Chart scores = RunFigure.of(SyntheticRuns.threeRates().runs())
                .figure()
                .panels()
                .get(1);
        assertThat(scores.lines()).extracting(Chart.Line::colour).containsExactly(0, 1, 2);
        assertThat(scores.leftTitle().english()).isEqualTo("BLEU-4");
    }

    @Test
    void branches_areLinesOfTheirOwnFromTheStepTheyStartAt() {
        RunFigure figure = RunFigure.of(SyntheticRuns.recovery().runs());
        List<Chart.Line> losses = lines(figure, Chart.Kind.RAW);
        assertThat(losses).extracting(Chart.Line::name).containsExactly("main", "recovery-1", "recovery-2");
        assertThat(losses).extracting(Chart.Line::branch).containsExactly(0, 1, 2);
        assertThat(losses).extracting(Chart.Line::colour).containsExactly(0, 1, 2);
        assertThat(losses.get(0).series().steps()).startsWith(1).endsWith(300);
        assertThat(losses.get(1).series().steps()).startsWith(201).endsWith(450);
        assertThat(losses.get(2).series().steps()).startsWith(201).endsWith(600);
        int ascending = 0;
        for (Chart panel : figure.figure().panels()) {
            for (Chart.Line line : panel.lines()) {
                assertThat(line.series().steps()).isSorted();
                ascending++;
            }
        }
        assertThat(ascending).isEqualTo(3 * (3 + 1 + 1 + 1 + 3));
    }

    @Test
    void plannedRateOfABranch_isThePlansTimesItsFactor() {
        RunFigure figure = RunFigure.of(SyntheticRuns.recovery().runs());
        List<Chart.Line> planned = lines(figure, Chart.Kind.PLANNED);
        List<Chart.Line> used = lines(figure, Chart.Kind.RATE);
        for (int i = 0; i < 3; i++) {
            long step = used.get(i).series().steps()[20];
            int at = Arrays.binarySearch(planned.get(i).series().steps(), step);
            assertThat(planned.get(i).series().values()[at])
                    .isEqualTo(used.get(i).series().values()[20], within(1e-15));
        }
        assertThat(planned.get(1).series().steps()[0]).isEqualTo(201);
    }

    @Test
    void page_namesBranchesInTheLegendAndMarksTheirStarts() {
        Document page = ReportPages.parse(HtmlReport.render(SyntheticRuns.recovery(), Language.ENGLISH));
        Element names = ReportPages.elements(page, "div").stream()
                .filter(e -> ReportPages.hasClass(e, "names"))
                .findFirst()
                .orElseThrow();
        assertThat(names.getTextContent()).isEqualTo("mainrecovery-1recovery-2");
        assertThat(ReportPages.elements(page, "g").stream()
                        .filter(e -> ReportPages.hasClass(e, "mark"))
                        .map(e -> e.getAttribute("data-step")))
                .containsExactly("300", "200", "200", "300", "200", "200");
        assertThat(page.getDocumentElement().getTextContent())
                .contains("recovery-1 from main, rate x 0.5", "back to step 200 with half the rate");
    }

    @Test
    void findings_standRightUnderTheTitle_inBothLanguages() {
        String html = HtmlReport.render(SyntheticRuns.recovery(), Language.CHINESE);
        assertThat(html.indexOf("Plateau (confidence 0.8)"))
                .isGreaterThan(html.indexOf("</h1>"))
                .isLessThan(html.indexOf("<figure"));
        assertThat(html.indexOf("停滞（置信度 0.8）")).isLessThan(html.indexOf("<figure"));
    }

    @Test
    void verdictsAndTheOtherProfile_areTables() {
        Document page = ReportPages.parse(HtmlReport.render(SyntheticRuns.recovery(), Language.ENGLISH));
        Map<String, String> sections = new LinkedHashMap<>();
        ReportPages.elements(page, "section").forEach(e -> sections.put(e.getAttribute("id"), e.getTextContent()));
        assertThat(sections.keySet()).startsWith("rate-loss", "runs", "plan", "verdicts", "validation", "samples");
        assertThat(sections.get("verdicts")).contains("300", "early-stop", "recover", "24.1, 24.0", "main");
        assertThat(sections.get("plan"))
                .contains("What the profile evidence would have chosen", "lr: method", "1e-4 instead of 1e-5");
        assertThat(sections.get("plan")).doesNotContain("Every number is the same");
    }

    @Test
    void otherProfile_sameNumbersOrNone_saysSo() {
        assertThat(planWith(new OtherProfile(
                        "evidence", List.of(new LedgerEntry("lr: recipe", "3e-5", "r")), List.of(), "")))
                .contains("What the profile evidence would have chosen", "lr: recipe", "Every number is the same.");
        assertThat(planWith(new OtherProfile("evidence", List.of(), List.of(), "does not go with what was given")))
                .contains("does not go with what was given")
                .doesNotContain("Every number is the same.");
    }

    private static String planWith(OtherProfile other) {
        ReportRun run = new ReportRun(
                "x", List.of(), List.of(), List.of(), List.of(), List.of(), Map.of(), null, null, List.of(), other);
        Document page = ReportPages.parse(HtmlReport.render(ReportPages.report(run), Language.ENGLISH));
        return ReportPages.elements(page, "section").stream()
                .filter(section -> section.getAttribute("id").equals("plan"))
                .findFirst()
                .orElseThrow()
                .getTextContent();
    }

    @Test
    void clipRate_byHand() {
        long[] steps = LongStream.rangeClosed(1, 14).toArray();
        // above the clip of 1 at 1, 3, 12 and 13; 1 itself is not above
        double[] norms = {2, 1, 1.5, 0.5, 1, 0, 0, 0, 0, 0, 0, 9, 1.01, Double.NaN};
        double[] rate = NormChart.clipRate(new Series(steps, norms), 1, 10).values();
        assertThat(Arrays.copyOf(rate, 9)).containsOnly(Double.NaN);
        assertThat(Arrays.copyOfRange(rate, 9, 14)).containsExactly(20.0, 10.0, 20.0, 20.0, 20.0);
    }

    @Test
    void clip_unknownOrNone_hasNeitherLineNorRate() {
        RunFigure figure = RunFigure.of(List.of(ReportPages.run("x", List.of(step(1, 3, 1e-5, 2)))));
        assertThat(figure.has(Chart.Kind.NORM)).isTrue();
        assertThat(figure.has(Chart.Kind.CLIP)).isFalse();
        assertThat(figure.has(Chart.Kind.CLIP_RATE)).isFalse();
        assertThat(figure.clipWindow()).isZero();
    }

    @Test
    void tooManyEvents_keepBranchesAndVerdicts_inTheirOrder() {
        List<RunEvent> events = new ArrayList<>();
        for (int i = 1; i <= 100; i++) {
            events.add(i % 2 == 0 ? new NoteEvent(i, "note") : new SkipEvent(i, "skip"));
        }
        events.add(new VerdictEvent(100, "loss-nan", "stop", "why"));
        events.add(new BranchEvent(50, "recovery-1", "main", 0.5, "back"));
        Marks marks = Marks.of(Strand.of(List.of(ReportPages.run("x", events))));
        assertThat(marks.total()).isEqualTo(102);
        assertThat(marks.shown()).hasSize(40);
        assertThat(marks.shown()).extracting(Chart.Mark::number).isSorted().startsWith(1);
        assertThat(marks.shown().get(38).label().english()).isEqualTo("loss-nan: stop");
        assertThat(marks.shown().get(39).label().english()).isEqualTo("recovery-1 from main, rate x 0.5");
        assertThat(marks.shown().subList(0, 38)).allMatch(mark -> mark.text().equals("skip"));
    }

    @Test
    void aHundredThousandUpdates_areABoundedPageThatKeepsItsExtremes() {
        String html = longRun(100_000);
        // four lines with 700 stretches of at most four points: numbers, a wide and a narrow drawing of each
        assertThat(html.length()).isLessThan(1_500_000);
        Document page = ReportPages.parse(html);
        int points = 0;
        for (Element path : ReportPages.elements(page, "path")) {
            points += path.getAttribute("d").split("[ML]", -1).length - 1;
        }
        assertThat(points).isGreaterThan(5_000).isLessThan(40_000);
        assertThat(html).contains("5.5678,").contains("0.1234,");
        // twice as many updates make the page no larger
        assertThat(longRun(200_000).length()).isLessThan((int) (1.1 * html.length()));
    }

    @Test
    void manyGroups_shareTheRoom() {
        List<StepEvent> events = new ArrayList<>();
        for (int s = 1; s <= 20_000; s++) {
            Map<String, Double> rates = new LinkedHashMap<>();
            for (int layer = 0; layer < 28; layer++) {
                rates.put("layer-" + layer, 2e-5 * Math.pow(0.9, 28 - layer) * s / 20_000);
            }
            events.add(new StepEvent(s, 3, rates, 1, 1, 1, 1, 1));
        }
        RunFigure figure = RunFigure.of(List.of(ReportPages.run("x", events)));
        List<Chart.Line> rates = lines(figure, Chart.Kind.RATE);
        assertThat(rates).hasSize(28);
        assertThat(rates.stream().mapToInt(line -> line.series().size()).sum()).isLessThan(4 * 700 * 7);
        assertThat(HtmlReport.render(ReportPages.report(ReportPages.run("x", events)), Language.ENGLISH)
                        .length())
                .isLessThan(3_000_000);
    }

    @Test
    void branchWithoutAnUpdate_isAMarkAlone() {
        ReportRun run = ReportPages.run(
                "x",
                List.of(
                        step(1, 3, 1e-5, 1),
                        new EvalEvent(1, 3, 1, Map.of("f1", 0.5), 1),
                        new BranchEvent(0, "recovery-1", "main", 0.5, "back")));
        RunFigure figure = RunFigure.of(List.of(run));
        assertThat(lines(figure, Chart.Kind.RAW)).hasSize(1);
        assertThat(figure.figure().marks()).hasSize(1);
        assertThat(HtmlReport.render(ReportPages.report(run), Language.ENGLISH)).contains("recovery-1");
    }
}
