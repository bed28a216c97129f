package dev.stride.report;

import java.util.ArrayList;
import java.util.List;

/** Draws a chart as SVG that looks right without any script. Colours and line widths are the style sheet's. */
final class ChartSvg {
    /** Runs beyond this many take the colours again, with broken lines. */
    static final int NUM_COLOURS = 7;

    private static final double BADGE = 7;

    /** Points on the edge of the plot are shown whole. */
    private static final double OVERHANG = 5;

    private final Markup page;
    private final Chart chart;
    private final Frame frame;

    ChartSvg(Markup page, Chart chart, Frame frame) {
        this.page = page;
        this.chart = chart;
        this.frame = frame;
    }

    void draw() {
        String clip = "clip-" + chart.id() + "-" + frame.id();
        page.open(
                "svg",
                "class",
                "chart " + frame.id(),
                "viewBox",
                "0 0 " + px(frame.width()) + " " + px(frame.height()),
                "role",
                "img",
                "aria-labelledby",
                "title-" + chart.id(),
                "data-chart",
                chart.id(),
                "data-plot",
                px(frame.left()) + " " + px(frame.top()) + " " + px(frame.plotWidth()) + " " + px(frame.plotHeight()));
        page.open("clipPath", "id", clip);
        page.leaf(
                "rect",
                "x",
                px(frame.left() - OVERHANG),
                "y",
                px(frame.top() - OVERHANG),
                "width",
                px(frame.plotWidth() + 2 * OVERHANG),
                "height",
                px(frame.plotHeight() + 2 * OVERHANG));
        page.close();
        drawAxes();
        page.open("g", "clip-path", "url(#" + clip + ")").line();
        chart.lines().forEach(this::draw);
        page.close();
        drawMarks();
        page.open("g", "class", "hover").close();
        page.close().line();
    }

    /** The classes that give a line of a run its colour. */
    static String colour(int colour) {
        return "c" + colour % NUM_COLOURS + (colour >= NUM_COLOURS ? " again" : "");
    }

    private void drawAxes() {
        double bottom = frame.y(0);
        int wanted = (int) Math.max(3, frame.plotHeight() / 42);
        for (double tick : chart.left().ticks(wanted)) {
            double y = frame.y(chart.left().share(tick));
            page.leaf("path", "class", "grid", "d", "M" + px(frame.left()) + " " + px(y) + "H" + px(frame.x(1)));
            label(Numbers.compact(tick), frame.left() - 8, y + 4, "end");
        }
        if (chart.right() != null) {
            for (double tick : chart.right().ticks(wanted)) {
                double y = frame.y(chart.right().share(tick));
                page.leaf("path", "class", "tick", "d", "M" + px(frame.x(1)) + " " + px(y) + "h5");
                label(Numbers.scientific(tick), frame.x(1) + 9, y + 4, "start");
            }
            page.leaf("path", "class", "axis", "d", "M" + px(frame.x(1)) + " " + px(frame.y(1)) + "V" + px(bottom));
        }
        for (double tick : chart.steps().ticks((int) Math.max(3, frame.plotWidth() / 110))) {
            if (tick == Math.rint(tick)) {
                double x = frame.x(chart.steps().share(tick));
                page.leaf("path", "class", "tick", "d", "M" + px(x) + " " + px(bottom) + "v5");
                label(Numbers.compact(tick), x, bottom + 19, "middle");
            }
        }
        page.leaf("path", "class", "axis", "d", "M" + px(frame.left()) + " " + px(bottom) + "H" + px(frame.x(1)));
        title(chart.leftTitle(), 4, "start");
        title(chart.rightTitle(), frame.width() - 4, "end");
        page.open(
                "text", "class", "title", "x", px(frame.x(0.5)), "y", px(frame.height() - 6), "text-anchor", "middle");
        page.words(Words.STEP_AXIS).close().line();
    }

    private void title(BilingualText words, double x, String anchor) {
        if (!words.isEmpty()) {
            page.open("text", "class", "title", "x", px(x), "y", "13", "text-anchor", anchor);
            page.both(words.english(), words.chinese()).close();
        }
    }

    private void label(String text, double x, double y, String anchor) {
        page.element("text", text, "x", px(x), "y", px(y), "text-anchor", anchor);
    }

    private void draw(Chart.Line line) {
        String classes = line.kind().word() + " run-" + line.run() + " " + colour(line.colour())
                + (line.variant() > 0 ? " other" : "");
        page.open(
                "g",
                "class",
                classes,
                "data-kind",
                line.kind().word(),
                "data-run",
                Integer.toString(line.run()),
                "data-variant",
                Integer.toString(line.variant()));
        if (line.kind() != Chart.Kind.POINTS) {
            page.leaf("path", "d", path(line));
        }
        if (line.kind() == Chart.Kind.POINTS || line.kind() == Chart.Kind.CURVE) {
            drawPoints(line);
        }
        page.close().line();
    }

    /** Straight lines between neighbours; a value that has no place on the axis breaks the line. */
    private String path(Chart.Line line) {
        StringBuilder path = new StringBuilder();
        boolean broken = true;
        for (int i = 0; i < line.series().size(); i++) {
            double y = y(line, i);
            if (!Double.isFinite(y)) {
                broken = true;
                continue;
            }
            // a point alone gets a line of no length, which round ends make visible
            boolean alone = broken && (i + 1 == line.series().size() || !Double.isFinite(y(line, i + 1)));
            path.append(broken ? 'M' : 'L').append(px(x(line, i))).append(' ').append(px(y));
            path.append(alone ? "h0" : "");
            broken = false;
        }
        return path.toString();
    }

    private void drawPoints(Chart.Line line) {
        for (int i = 0; i < line.series().size(); i++) {
            double y = y(line, i);
            if (Double.isFinite(y)) {
                page.leaf("circle", "cx", px(x(line, i)), "cy", px(y), "r", "3.5");
            }
        }
    }

    private double x(Chart.Line line, int i) {
        return frame.x(chart.steps().share((double) line.series().steps()[i]));
    }

    private double y(Chart.Line line, int i) {
        return frame.y(chart.axisOf(line).share(line.series().values()[i]));
    }

    /** Numbered badges above their steps; those that would touch stand below each other. */
    private void drawMarks() {
        List<double[]> placed = new ArrayList<>();
        for (Chart.Mark mark : chart.marks()) {
            double x = frame.x(chart.steps().share((double) mark.step()));
            double y = frame.top() + BADGE + 1;
            for (double[] other : placed) {
                if (Math.abs(other[0] - x) < 2 * BADGE + 1 && Math.abs(other[1] - y) < 2 * BADGE + 1) {
                    y = other[1] + 2 * BADGE + 2;
                }
            }
            placed.add(new double[] {x, y});
            page.open(
                    "g",
                    "class",
                    "mark run-" + mark.run() + " " + colour(mark.run()),
                    "data-step",
                    Long.toString(mark.step()));
            page.element("title", mark.label().english() + " — " + mark.text());
            page.leaf("path", "d", "M" + px(x) + " " + px(frame.y(1)) + "V" + px(frame.y(0)));
            page.leaf("circle", "cx", px(x), "cy", px(y), "r", px(BADGE));
            page.element(
                    "text", Integer.toString(mark.number()), "x", px(x), "y", px(y + 3.5), "text-anchor", "middle");
            page.close();
        }
    }

    private static String px(double value) {
        return Numbers.pixels(value);
    }
}
