package dev.stride.report;

import java.util.ArrayList;
import java.util.List;

/** Draws a chart as SVG that looks right without any script. Colours and line widths are the style sheet's. */
final class ChartSvg {
    /** Runs beyond this many take the colours again, with broken lines. */
    static final int NUM_COLOURS = 7;

    /** Branches beyond this many take the dashes again. */
    static final int NUM_DASHES = 3;

    /** Points beyond these would cover each other and what lies under them. */
    static final int MANY_POINTS = 50;

    private static final double BADGE = 7;
    private static final double CROSS = 5;
    private static final double TITLE_ABOVE = 13;
    private static final double MIN_TICK_DISTANCE = 36;

    /** Points on the edge of the plot are shown whole. */
    private static final double OVERHANG = 5;

    private final Markup page;
    private final Figure figure;
    private final List<Frame> frames;

    /**
     * @param frames one for each panel, all of one drawing
     */
    ChartSvg(Markup page, Figure figure, List<Frame> frames) {
        this.page = page;
        this.figure = figure;
        this.frames = frames;
    }

    void draw() {
        Frame whole = frames.get(0);
        page.open(
                "svg",
                "class",
                "chart " + whole.id(),
                "viewBox",
                "0 0 " + px(whole.width()) + " " + px(whole.height()),
                "role",
                "img",
                "aria-labelledby",
                "title-" + figure.id(),
                "data-chart",
                figure.id(),
                "data-plot",
                String.join(" ", frames.stream().map(ChartSvg::plot).toList()));
        for (int i = 0; i < frames.size(); i++) {
            drawPanel(figure.panels().get(i), frames.get(i), i);
        }
        drawMarks();
        page.open("g", "class", "hover").close();
        page.close().line();
    }

    private static String plot(Frame frame) {
        return px(frame.left()) + " " + px(frame.top()) + " " + px(frame.plotWidth()) + " " + px(frame.plotHeight());
    }

    private void drawPanel(Chart chart, Frame frame, int index) {
        String clip = "clip-" + chart.id() + "-" + frame.id();
        page.open("g", "class", "plot", "data-panel", chart.id()).line();
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
        drawAxes(chart, frame, index == frames.size() - 1);
        page.open("g", "clip-path", "url(#" + clip + ")").line();
        chart.lines().forEach(line -> draw(chart, frame, line));
        page.close().close().line();
    }

    /** The classes that give a line of a run its colour. */
    static String colour(int colour) {
        if (colour < 0) {
            return "grey";
        }
        return Ramp.has(colour)
                ? Ramp.word(colour)
                : "c" + colour % NUM_COLOURS + (colour >= NUM_COLOURS ? " again" : "");
    }

    private void drawAxes(Chart chart, Frame frame, boolean withSteps) {
        double bottom = frame.y(0);
        int wanted = (int) Math.max(3, frame.plotHeight() / MIN_TICK_DISTANCE);
        for (double tick : chart.left().ticks(wanted)) {
            double y = frame.y(chart.left().share(tick));
            page.leaf("path", "class", "grid", "d", "M" + px(frame.left()) + " " + px(y) + "H" + px(frame.x(1)));
            label(tick(chart.left(), tick), frame.left() - 8, y + 4, "end");
        }
        if (chart.right() != null) {
            for (double tick : chart.right().ticks(wanted)) {
                double y = frame.y(chart.right().share(tick));
                page.leaf("path", "class", "tick", "d", "M" + px(frame.x(1)) + " " + px(y) + "h5");
                label(tick(chart.right(), tick), frame.x(1) + 9, y + 4, "start");
            }
            page.leaf("path", "class", "axis", "d", "M" + px(frame.x(1)) + " " + px(frame.y(1)) + "V" + px(bottom));
        }
        for (double tick : chart.steps().ticks((int) Math.max(3, frame.plotWidth() / 110))) {
            if (tick == Math.rint(tick)) {
                double x = frame.x(chart.steps().share(tick));
                page.leaf("path", "class", "tick", "d", "M" + px(x) + " " + px(bottom) + "v5");
                if (withSteps) {
                    label(Numbers.compact(tick), x, bottom + 19, "middle");
                }
            }
        }
        page.leaf("path", "class", "axis", "d", "M" + px(frame.left()) + " " + px(bottom) + "H" + px(frame.x(1)));
        title(chart.leftTitle(), 4, frame.top() - TITLE_ABOVE, "start");
        title(chart.rightTitle(), frame.width() - 4, frame.top() - TITLE_ABOVE, "end");
        if (withSteps) {
            title(BilingualText.of(Words.STEP_AXIS), frame.x(0.5), frame.height() - 6, "middle");
        }
        page.line();
    }

    /** Rates are read in powers of ten, all else as it is short. */
    static String tick(Axis axis, double value) {
        return axis instanceof Axis.Log && axis.high() < 0.1 ? Numbers.scientific(value) : Numbers.compact(value);
    }

    private void title(BilingualText words, double x, double y, String anchor) {
        if (!words.isEmpty()) {
            page.open("text", "class", "title", "x", px(x), "y", px(y), "text-anchor", anchor);
            page.both(words.english(), words.chinese()).close();
        }
    }

    private void label(String text, double x, double y, String anchor) {
        page.element("text", text, "x", px(x), "y", px(y), "text-anchor", anchor);
    }

    private void draw(Chart chart, Frame frame, Chart.Line whole) {
        // a narrow drawing has no room for as many points
        Chart.Line line = whole.thinned((int) frame.plotWidth());
        String classes = line.kind().word() + " run-" + line.run() + " " + colour(line.colour()) + dash(line.branch())
                + (line.variant() > 0 && line.kind() == Chart.Kind.RATE ? " other" : "");
        page.open(
                "g",
                "class",
                classes,
                "data-kind",
                line.kind().word(),
                "data-run",
                Integer.toString(line.run()),
                "data-branch",
                Integer.toString(line.branch()),
                "data-variant",
                Integer.toString(line.variant()));
        double[] x = new double[line.series().size()];
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            x[i] = frame.x(chart.steps().share((double) line.series().steps()[i]));
            y[i] = frame.y(chart.axisOf(line).share(line.series().values()[i]));
        }
        if (!line.kind().isAlone()) {
            page.leaf("path", "d", path(x, y));
        }
        if (line.kind() == Chart.Kind.END) {
            for (int i = 0; i < x.length; i++) {
                // a trial that flew apart ends at the edge of the plot
                double height = Double.isFinite(y[i]) ? Math.max(y[i], frame.y(1)) : frame.y(1);
                page.leaf("path", "d", SvgPen.cross(x[i], height, CROSS));
            }
        } else if (line.kind().isSparse()) {
            String radius = x.length > MANY_POINTS ? "2" : "3.5";
            for (int i = 0; i < x.length; i++) {
                if (Double.isFinite(y[i])) {
                    page.leaf("circle", "cx", px(x[i]), "cy", px(y[i]), "r", radius);
                }
            }
        }
        page.close().line();
    }

    /** The class that dashes the lines of a branch. */
    static String dash(int branch) {
        return branch == 0 ? "" : " b" + ((branch - 1) % NUM_DASHES + 1);
    }

    /** Straight lines between neighbours; a value that has no place on the axis breaks the line. */
    private static String path(double[] x, double[] y) {
        StringBuilder path = new StringBuilder();
        boolean broken = true;
        for (int i = 0; i < x.length; i++) {
            if (!Double.isFinite(y[i])) {
                broken = true;
                continue;
            }
            // a point alone gets a line of no length, which round ends make visible
            boolean alone = broken && (i + 1 == x.length || !Double.isFinite(y[i + 1]));
            path.append(broken ? 'M' : 'L').append(px(x[i])).append(' ').append(px(y[i]));
            path.append(alone ? "h0" : "");
            broken = false;
        }
        return path.toString();
    }

    /** Numbered badges above their steps; those that would touch stand below each other. */
    private void drawMarks() {
        List<double[]> placed = new ArrayList<>();
        Frame frame = frames.get(0);
        double bottom = frames.get(frames.size() - 1).y(0);
        for (Chart.Mark mark : figure.marks()) {
            double x = frame.x(figure.steps().share((double) mark.step()));
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
                    "mark run-" + mark.run() + " " + colour(mark.colour()),
                    "data-step",
                    Long.toString(mark.step()));
            page.element("title", mark.label().english() + " — " + mark.text());
            page.leaf("path", "d", "M" + px(x) + " " + px(frame.y(1)) + "V" + px(bottom));
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
