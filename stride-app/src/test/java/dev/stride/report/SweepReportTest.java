package dev.stride.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.stride.search.SweepResult;
import dev.stride.search.SweepTrial;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class SweepReportTest {
    /** Two decimals of a pixel, as the page writes them. */
    private static final double PIXEL = 0.00501;

    @TempDir
    Path temp;

    private SweepData synthetic() {
        return SweepFile.read(SyntheticSweep.write(temp.resolve("rates")));
    }

    private static Document page(SweepData data) {
        return ReportPages.parse(SweepReport.render(data, Language.ENGLISH));
    }

    private static List<Element> points(Document page, String frame) {
        List<Element> points = new ArrayList<>();
        for (Element svg : ReportPages.elements(page, "svg")) {
            if (ReportPages.hasClass(svg, "score") && ReportPages.hasClass(svg, frame)) {
                for (Element group : ReportPages.children(svg, "g")) {
                    if (ReportPages.hasClass(group, "at")) {
                        points.add(group);
                    }
                }
            }
        }
        return points;
    }

    @Test
    void page_hasItsPartsInTheirOrder() {
        List<String> ids = ReportPages.elements(page(synthetic()), "section").stream()
                .map(section -> section.getAttribute("id"))
                .toList();
        assertThat(ids)
                .containsExactly(
                        "scores",
                        "curves",
                        "trials",
                        "saved",
                        "course",
                        "samples",
                        "people",
                        "settings",
                        "warnings",
                        "command");
    }

    @Test
    void scores_everyTrialLiesWhereItsNumbersSay_inBothDrawings() {
        SweepData data = synthetic();
        ScoreChart chart = ScoreChart.of(data);
        Document page = page(data);
        int compared = 0;
        for (Frame frame :
                List.of(new Frame("wide", 1000, 380, 60, 24, 40, 52), new Frame("narrow", 400, 300, 50, 10, 40, 50))) {
            List<Element> points = points(page, frame.id());
            assertThat(points).hasSize(7);
            for (int i = 0; i < 6; i++) {
                SweepData.Trial trial = data.trials().get(i);
                Element circle = ReportPages.children(points.get(i), "circle").get(0);
                double x = frame.left()
                        + frame.plotWidth()
                                * Math.log(trial.lr() / chart.across().low())
                                / Math.log(
                                        chart.across().high() / chart.across().low());
                double up = (trial.score("loss") - chart.up().low())
                        / (chart.up().high() - chart.up().low());
                assertThat(Double.parseDouble(circle.getAttribute("cx"))).isCloseTo(x, within(PIXEL));
                assertThat(Double.parseDouble(circle.getAttribute("cy")))
                        .isCloseTo(frame.top() + frame.plotHeight() * (1 - up), within(PIXEL));
                compared++;
            }
        }
        assertThat(compared).isEqualTo(12);
    }

    @Test
    void scores_trialThatEndedEarlyIsHollow_andOneThatFlewApartIsACross() {
        List<Element> points = points(page(synthetic()), "wide");
        assertThat(points.stream().map(e -> e.getAttribute("class").split(" ")[1]))
                .containsExactly("early", "whole", "whole", "whole", "whole", "whole", "lost");
        assertThat(ReportPages.children(points.get(6), "path")).hasSize(1);
    }

    @Test
    void fit_goesThroughThePointsOfAParabola_andIsBestWhereTheBasinSays() {
        List<SweepData.Trial> trials = new ArrayList<>();
        for (double lr : new double[] {1e-4, 3e-4, 1e-3, 3e-3}) {
            double decades = Math.log10(lr / 5e-4);
            trials.add(SweepPages.trial(lr, 1, SweepTrial.Status.FINISHED, 1.5 + 0.7 * decades * decades));
        }
        ScoreChart chart = ScoreChart.of(SweepPages.sweep(trials, new SweepResult.FittedBasin(5e-4, 0.4, false), null));
        ScoreChart.Fit fit = Objects.requireNonNull(chart.fit());
        assertThat(fit.level()).isCloseTo(1.5, within(1e-12));
        assertThat(fit.bend()).isCloseTo(0.7, within(1e-12));
        assertThat(fit.at(5e-4)).isEqualTo(fit.level());
    }

    @Test
    void fit_thatBendsTheWrongWay_isNotDrawn() {
        List<SweepData.Trial> trials = List.of(
                SweepPages.trial(1e-4, 1, SweepTrial.Status.FINISHED, 1.5),
                SweepPages.trial(1e-3, 1, SweepTrial.Status.FINISHED, 1.8),
                SweepPages.trial(1e-2, 1, SweepTrial.Status.FINISHED, 1.5));
        assertThat(ScoreChart.of(SweepPages.sweep(trials, new SweepResult.FittedBasin(1e-3, 0.4, false), null))
                        .fit())
                .isNull();
    }

    @Test
    void seeds_areOnePointWithTheirMeanAndRange() {
        ScoreChart chart = ScoreChart.of(SweepPages.seeds());
        assertThat(chart.groups()).hasSize(3);
        ScoreChart.Group first = chart.groups().get(0);
        assertThat(first.score()).isCloseTo(2.1, within(1e-12));
        assertThat(first.low()).isEqualTo(2.0);
        assertThat(first.high()).isEqualTo(2.2);
        assertThat(chart.groups().get(2).score())
                .as("a seed that failed is not averaged")
                .isEqualTo(1.2);
    }

    @Test
    void curves_coloursGoFromTheLowestRateToTheHighest_andSeedsShareOne() {
        SweepCurves curves = SweepCurves.of(synthetic());
        List<Integer> colours = curves.keys().stream().map(Legend.Entry::colour).toList();
        assertThat(colours).hasSize(7).isEqualTo(List.copyOf(new TreeSet<>(colours)));
        assertThat(colours.get(0)).isEqualTo(Ramp.FIRST);
        assertThat(colours.get(6)).isEqualTo(Ramp.FIRST + 8);
        List<Integer> places = ScoreChart.of(SweepPages.seeds()).groups().stream()
                .map(ScoreChart.Group::colour)
                .toList();
        assertThat(places).hasSize(3).doesNotHaveDuplicates();
    }

    @Test
    void fork_isDrawnFromItsStepOn_beginningWhereItsParentStood() {
        SweepData data = synthetic();
        SweepCurves curves = SweepCurves.of(data);
        List<Chart.Line> lines = curves.figure().panels().stream()
                .flatMap(panel -> panel.lines().stream())
                .filter(line -> line.name().equals("lr-3e-3"))
                .toList();
        assertThat(lines.stream().map(Chart.Line::kind))
                .containsExactlyInAnyOrder(Chart.Kind.TRAIN, Chart.Kind.CURVE, Chart.Kind.FORK, Chart.Kind.RATE);
        for (Chart.Line line : lines) {
            long first = line.series().steps()[0];
            assertThat(first).as("%s", line.kind()).isIn(10L, 11L);
        }
        double parent = Objects.requireNonNull(data.trials().get(3).run())
                .steps()
                .get(9)
                .loss();
        Chart.Line fork = lines.stream()
                .filter(line -> line.kind() == Chart.Kind.FORK)
                .findFirst()
                .orElseThrow();
        assertThat(fork.series().values()[0]).as("smoothed").isCloseTo(parent, within(0.5));
    }

    @Test
    void ends_ofTrialsThatEndedEarlyAreMarked_alsoBeyondTheAxis() {
        Document page = page(synthetic());
        List<Element> ends = ReportPages.elements(page, "g").stream()
                .filter(g -> g.getAttribute("data-kind").equals("end"))
                .toList();
        assertThat(ends).as("two trials in two drawings").hasSize(4);
        assertThat(ends)
                .allSatisfy(end -> assertThat(ReportPages.children(end, "path"))
                        .hasSize(1)
                        .allSatisfy(cross -> assertThat(cross.getAttribute("d")).doesNotContain("NaN")));
    }

    @Test
    void table_boldIsTheBestOfTheTrialsThatWereTrainedToTheirEnd() {
        List<RunTable.Column> columns = SweepTable.columns(synthetic());
        assertThat(columns.stream().filter(column -> !column.best().isEmpty()).toList())
                .hasSize(3)
                .allSatisfy(column -> assertThat(column.best()).containsExactly(4));
    }

    @Test
    void people_whoVoted_areShownWithWhatTheySaid_ofTheTrialsThatTheyJudged() {
        SweepData data = synthetic();
        assertThat(data.people().stream().map(SweepData.People::trial)).containsExactly("lr-1e-3", "lr-3e-3");
        assertThat(data.people().stream().map(SweepData.People::votes)).containsExactly(3L, 3L);
        assertThat(data.people().get(1).share())
                .as("two of three votes are for it")
                .isGreaterThan(data.people().get(0).share());
        assertThat(SweepReport.render(data, Language.ENGLISH))
                .contains(
                        "What people said",
                        Numbers.fixed(100 * data.people().get(1).share(), 1));
    }

    @Test
    void course_standsOnThePageAsNotes_andIsNoWarning() {
        SweepData data = synthetic();
        assertThat(data.course()).containsExactly(new BilingualText(SyntheticSweep.COURSE, SyntheticSweep.COURSE_ZH));
        assertThat(data.warnings()).hasSize(1).doesNotContain(SyntheticSweep.COURSE);
        Element course = ReportPages.elements(page(data), "section").stream()
                .filter(section -> section.getAttribute("id").equals("course"))
                .findFirst()
                .orElseThrow();
        assertThat(course.getTextContent()).contains(SyntheticSweep.COURSE, SyntheticSweep.COURSE_ZH);
    }

    @Test
    void lines_sayWhatWasTrainedAndSaved_inBothLanguages() {
        SweepData data = synthetic();
        assertThat(SweepLines.of(data, Language.ENGLISH))
                .containsExactly(
                        "rests on: validation loss over 120 rows",
                        "updates: 693 of 882 that all trials alone would make; 84 saved by pruning, 10 saved by shared"
                                + " prefixes, 95 not made by trials that were ended",
                        "note: " + SyntheticSweep.COURSE,
                        "warning: the rates 1e-2 and 3e-2 are above the cap of this method (5e-3)");
        assertThat(SweepLines.of(data, Language.CHINESE))
                .contains("依据：validation loss over 120 rows", "说明：" + SyntheticSweep.COURSE_ZH)
                .contains("更新次数：693（各试验单独完成共需 882）；提前淘汰节省 84，共享前缀节省 10，被终止的试验少做 95");
        assertThat(SweepLines.of(SweepPages.unfinished(), Language.ENGLISH))
                .containsExactly("updates: 30 of 30 that all trials alone would make");
    }

    @Test
    void texts_ofAllTrialsStandInOnePanelAPrompt_andNoneWhereThePageIsPassedOn() {
        SweepData data = synthetic();
        String whole = SweepReport.render(data, Language.ENGLISH);
        assertThat(whole.split("class=\"prediction\"", -1)).hasSize(1 + 2 * 7);
        assertThat(whole.split("<details class=\"fold\"", -1)).hasSize(1 + 2);
        String shared = SweepReport.render(data.withoutTexts(), Language.ENGLISH);
        assertThat(shared).doesNotContain(SyntheticSweep.PROMPT, "class=\"prediction\"");
    }

    @Test
    @SuppressWarnings("NullAway") // parts of a record of another class are not seen to be nullable
    void textsOfTrials_cannotBreakThePage() {
        String hostile = "</script><img src=x onerror=alert(1)>\u0000\"'&";
        SweepData.Trial trial = new SweepData.Trial(
                hostile,
                "trials/a",
                1e-3,
                hostile,
                1,
                SweepTrial.Status.FAILED,
                1,
                2,
                hostile,
                java.util.Map.of(hostile, 1.0),
                null,
                false,
                new SweepTrial.Fork(hostile, 1),
                1,
                List.of(),
                ReportPages.run(hostile, List.of(new dev.stride.experiment.EvalEvent(0, 1, 1, java.util.Map.of(), 1))));
        SweepData data = SweepPages.sweep(List.of(trial), null, SweepPages.answer(1e-3, true));
        Document page = page(data);
        assertThat(ReportPages.elements(page, "img")).isEmpty();
        assertThat(ReportPages.elements(page, "script")).hasSize(2);
    }

    @Test
    void cooldowns_standBesideTheirTrunks_inBothLanguages() {
        Document page = page(SweepPages.trunk());
        Element section = ReportPages.elements(page, "section").stream()
                .filter(one -> one.getAttribute("id").equals("cooldowns"))
                .findFirst()
                .orElseThrow();
        List<String> rows = new ArrayList<>();
        List<String> best = new ArrayList<>();
        for (Element row : ReportPages.elements(page, "tr")) {
            if (row.getParentNode().getParentNode().getParentNode().getParentNode() == section
                    && row.getParentNode().getNodeName().equals("tbody")) {
                List<String> cells = new ArrayList<>();
                for (Element cell : ReportPages.children(row, "td")) {
                    cells.add(cell.getTextContent());
                    if (ReportPages.hasClass(cell, "best")) {
                        best.add(cell.getTextContent());
                    }
                }
                rows.add(ReportPages.children(row, "th").get(0).getTextContent() + " " + String.join(" ", cells));
            }
        }
        assertThat(rows)
                .containsExactly(
                        "lr-1e-3-s1 4 5 2.5000 2.7500",
                        "lr-3e-3-s1 4 5 2.8750 3.1250",
                        // the last evaluation before step 8 is that of step 4
                        "lr-1e-3-s1 8 9 1.9000 2.7500");
        assertThat(best).containsExactly("2.5000", "1.9000");
        assertThat(section.getTextContent())
                .contains("Cooled branches", "冷却分支", "validation loss when cooled", "冷却后的验证损失")
                .contains("3 updates were made for them; as runs of their own they would have taken 16 more.")
                .contains("为此进行了 3 次更新；若各自单独训练，还需多 16 次。");
        assertThat(ReportPages.elements(page(synthetic()), "section"))
                .noneMatch(one -> one.getAttribute("id").equals("cooldowns"));
    }

    @Test
    void sweepWithoutAnyResult_stillHasAPageAndAPicture() throws IOException {
        SweepData data = SweepPages.unfinished();
        assertThat(SweepReport.render(data, Language.CHINESE)).contains("本次搜索尚无结论", "尚无试验完成评估");
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(SweepPicture.render(data)));
        assertThat(image.getWidth()).isEqualTo(LrChart.WIDTH);
    }

    @Test
    void picture_showsEveryTrialsColour() throws IOException {
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(SweepPicture.render(synthetic())));
        assertThat(image.getHeight()).isEqualTo(LrChart.HEIGHT);
        TreeSet<Integer> seen = new TreeSet<>();
        for (int x = 0; x < image.getWidth(); x++) {
            for (int y = 0; y < image.getHeight(); y++) {
                seen.add(image.getRGB(x, y) & 0xffffff);
            }
        }
        for (int i = 0; i < 7; i++) {
            int colour = Ramp.ink(Ramp.colour(i, 7)).getRGB() & 0xffffff;
            assertThat(seen).contains(colour);
        }
    }
}
