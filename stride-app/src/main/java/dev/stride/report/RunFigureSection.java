package dev.stride.report;

import java.util.List;

/** The first section of a page: the figure with its legend, its notes, and the list of what is marked on it. */
final class RunFigureSection {
    static final int LOSS_PLOT = 300;
    static final int SCORES_PLOT = 130;
    static final int NORM_PLOT = 130;

    private final Markup page;
    private final RunFigure figure;

    RunFigureSection(Markup page, RunFigure figure) {
        this.page = page;
        this.figure = figure;
    }

    /** Whether there is a line to show. */
    boolean isEmpty() {
        return figure.figure().panels().stream().allMatch(panel -> panel.lines().isEmpty());
    }

    void draw() {
        RateLossChart chart = figure.lossAndRate();
        if (chart.numUpdates() == 0) {
            page.open("p", "class", "note").words(Words.NO_STEPS).close();
        }
        if (!isEmpty()) {
            legend();
            List<Frame> wide = frames("wide", 1000, 56, 66, List.of(LOSS_PLOT, SCORES_PLOT, NORM_PLOT));
            List<Frame> narrow = frames("narrow", 400, 44, 54, List.of(230, 110, 110));
            draw(page, figure.figure(), List.of(wide, narrow));
            notes(chart);
        }
        events();
    }

    /** The drawings of a figure, of which the style sheet shows one. */
    static void draw(Markup page, Figure figure, List<List<Frame>> drawings) {
        page.open("figure", "tabindex", "0", "data-figure", figure.id()).line();
        for (List<Frame> frames : drawings) {
            new ChartSvg(page, figure, frames).draw();
        }
        page.close().line();
    }

    private List<Frame> frames(String id, double width, double left, double right, List<Integer> heights) {
        return Frame.stacked(
                id,
                width,
                left,
                right,
                heights.subList(0, figure.figure().panels().size()));
    }

    private void notes(RateLossChart chart) {
        page.open("p", "class", "note");
        page.open("span", "class", "help").words(Words.CHART_HELP).close();
        if (chart.smoothing() > 0) {
            page.text(" ").words(Words.SMOOTHING, chart.smoothing());
        }
        if (figure.clipWindow() > 0) {
            page.text(" ").words(Words.CLIP_WINDOW, figure.clipWindow());
        }
        if (chart.chart().right() instanceof Axis.Log) {
            page.text(" ").words(Words.LOG_RATE);
        }
        if (chart.rateFloor() != null) {
            page.text(" ").words(Words.BELOW_SCALE, Numbers.scientific(chart.rateFloor()));
        }
        if (chart.lossLimit() != null) {
            page.text(" ").words(Words.OFF_SCALE, Numbers.compact(chart.lossLimit()));
        }
        if (chart.numDrawn() < chart.numUpdates()) {
            page.text(" ").words(Words.THINNED, chart.numDrawn(), chart.numUpdates());
        }
        page.close();
    }

    private void legend() {
        Legend legend = Legend.of(figure);
        page.open("div", "class", "legend");
        if (!legend.names().isEmpty()) {
            page.open("div", "class", "names");
            for (Legend.Entry entry : legend.names()) {
                if (entry.run() >= 0) {
                    page.open("label", "for", "run-" + entry.run());
                } else {
                    page.open("span");
                }
                key(page, entry);
                page.element("span", entry.text().english(), "class", "given").close();
            }
            page.close();
        }
        page.open("div", "class", "kinds");
        for (Legend.Entry entry : legend.kinds()) {
            page.open("span");
            key(page, entry);
            page.both(entry.text().english(), entry.text().chinese()).close();
        }
        if (figure.lossAndRate().smoothing() > 0) {
            page.open("label", "for", "smooth", "class", "box");
            page.words(Words.SMOOTH).close();
        }
        page.close().close().line();
    }

    /** The key of a line, as a small drawing. */
    static void key(Markup page, Legend.Entry entry) {
        page.open("svg", "class", "key", "width", "26", "height", "10", "viewBox", "0 0 26 10", "aria-hidden", "true");
        Chart.Kind kind = entry.kind() == Chart.Kind.RAW ? Chart.Kind.SMOOTH : entry.kind();
        page.open("g", "class", kind.word() + " " + ChartSvg.colour(entry.colour()) + ChartSvg.dash(entry.branch()));
        if (!kind.isAlone()) {
            page.leaf("path", "d", "M1 5H25");
        }
        if (kind == Chart.Kind.END) {
            page.leaf("path", "d", SvgPen.cross(13, 5, 4));
        } else if (kind.isSparse()) {
            page.leaf("circle", "cx", "13", "cy", "5", "r", "3.5");
        }
        page.close().close();
    }

    private void events() {
        List<Chart.Mark> marks = figure.figure().marks();
        if (marks.isEmpty()) {
            return;
        }
        page.open("h3").words(Words.EVENTS).close();
        page.open("ol", "class", "events").line();
        for (Chart.Mark mark : marks) {
            page.open("li", "class", "run-" + mark.run());
            page.element("span", Integer.toString(mark.number()), "class", "badge " + ChartSvg.colour(mark.colour()));
            page.open("span", "class", "when");
            if (figure.strands().size() > 1) {
                page.element("span", mark.name(), "class", "given").text(" · ");
            }
            page.words(Words.STEP, mark.step()).close();
            page.open("strong")
                    .both(mark.label().english(), mark.label().chinese())
                    .close();
            page.element("span", mark.text(), "class", "given").close().line();
        }
        page.close();
        if (marks.size() < figure.numEvents()) {
            page.open("p", "class", "note")
                    .words(Words.MORE_EVENTS, figure.numEvents() - marks.size())
                    .close();
        }
    }
}
