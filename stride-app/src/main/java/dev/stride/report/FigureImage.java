package dev.stride.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;

/** Draws a figure on a canvas as {@link ChartSvg} does on the page, in the colours of light paper. */
final class FigureImage {
    static final Color INK = new Color(0x1d2125);
    private static final Color SOFT = new Color(0x5c646b);
    private static final Color RULE = new Color(0xdcdfe1);
    private static final List<Color> COLOURS = List.of(
            new Color(0x0072b2),
            new Color(0xd55e00),
            new Color(0x009e73),
            new Color(0xb6558f),
            new Color(0xb98100),
            new Color(0x3d9fd6),
            new Color(0x4d4d4d));

    /** The dashes of branches, as in the style sheet. */
    private static final List<float[]> DASHES =
            List.of(new float[0], new float[] {13, 7}, new float[] {5, 7}, new float[] {20, 7, 5, 7});

    private static final double BADGE = 11;
    private static final double DOT = 5.5;
    private static final double CROSS = 6;
    private static final double OVERHANG = 6;
    private static final double MIN_TICK_DISTANCE = 46;
    private static final double MIN_STEP_DISTANCE = 150;

    private final Graphics2D canvas;
    private final Figure figure;
    private final boolean smoothed;

    /**
     * @param smoothed whether raw losses lie under smooth ones, and so are pale
     */
    FigureImage(Graphics2D canvas, Figure figure, boolean smoothed) {
        this.canvas = canvas;
        this.figure = figure;
        this.smoothed = smoothed;
    }

    void draw(List<Frame> frames) {
        for (int i = 0; i < frames.size(); i++) {
            Chart chart = figure.panels().get(i);
            Frame frame = frames.get(i);
            drawAxes(chart, frame, i == frames.size() - 1);
            Shape clip = canvas.getClip();
            canvas.clip(new Rectangle2D.Double(
                    frame.left() - OVERHANG,
                    frame.top() - OVERHANG,
                    frame.plotWidth() + 2 * OVERHANG,
                    frame.plotHeight() + 2 * OVERHANG));
            chart.lines().forEach(line -> draw(chart, frame, line));
            canvas.setClip(clip);
        }
        drawMarks(frames);
    }

    /** A short piece of a line, for a legend. */
    void drawKey(Legend.Entry entry, double x, double y, double width) {
        Chart.Kind kind = entry.kind() == Chart.Kind.RAW && smoothed ? Chart.Kind.SMOOTH : entry.kind();
        canvas.setColor(ink(kind, entry.colour()));
        if (!kind.isAlone()) {
            canvas.setStroke(stroke(kind, entry.branch()));
            canvas.draw(new Line2D.Double(x, y, x + width, y));
        }
        if (kind.isSparse()) {
            drawPoint(kind, entry.colour(), x + width / 2, y, DOT);
        }
    }

    private void drawAxes(Chart chart, Frame frame, boolean withSteps) {
        canvas.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 15));
        canvas.setStroke(new BasicStroke(1));
        int wanted = (int) Math.max(3, frame.plotHeight() / MIN_TICK_DISTANCE);
        for (double tick : chart.left().ticks(wanted)) {
            double y = frame.y(chart.left().share(tick));
            rule(frame.left(), y, frame.x(1), y);
            label(ChartSvg.tick(chart.left(), tick), frame.left() - 10, y + 5, 1);
        }
        Axis right = chart.right();
        if (right != null) {
            for (double tick : right.ticks(wanted)) {
                double y = frame.y(right.share(tick));
                rule(frame.x(1), y, frame.x(1) + 6, y);
                label(ChartSvg.tick(right, tick), frame.x(1) + 12, y + 5, 0);
            }
            rule(frame.x(1), frame.y(1), frame.x(1), frame.y(0));
        }
        for (double tick : chart.steps().ticks((int) Math.max(3, frame.plotWidth() / MIN_STEP_DISTANCE))) {
            if (tick == Math.rint(tick)) {
                double x = frame.x(chart.steps().share(tick));
                rule(x, frame.y(0), x, frame.y(0) + 6);
                if (withSteps) {
                    label(Numbers.compact(tick), x, frame.y(0) + 24, 0.5);
                }
            }
        }
        canvas.setColor(SOFT);
        canvas.draw(new Line2D.Double(frame.left(), frame.y(0), frame.x(1), frame.y(0)));
        canvas.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 16));
        canvas.setColor(INK);
        text(chart.leftTitle().english(), 28, frame.top() - 14, 0);
        text(chart.rightTitle().english(), frame.width() - 28, frame.top() - 14, 1);
        if (withSteps) {
            text(Words.STEP_AXIS.in(Language.ENGLISH), frame.x(0.5), frame.height() - 2, 0.5);
        }
    }

    private void rule(double x, double y, double toX, double toY) {
        canvas.setColor(RULE);
        canvas.draw(new Line2D.Double(x, y, toX, toY));
    }

    private void label(String text, double x, double y, double anchor) {
        canvas.setColor(SOFT);
        text(text, x, y, anchor);
    }

    /**
     * @param anchor 0: the text begins at x, 1: it ends there
     */
    private void text(String text, double x, double y, double anchor) {
        double width = canvas.getFontMetrics().stringWidth(text);
        canvas.drawString(text, (float) (x - anchor * width), (float) y);
    }

    private void draw(Chart chart, Frame frame, Chart.Line line) {
        Path2D.Double path = new Path2D.Double();
        List<double[]> points = new ArrayList<>();
        boolean broken = true;
        for (int i = 0; i < line.series().size(); i++) {
            double x = frame.x(chart.steps().share((double) line.series().steps()[i]));
            double y = frame.y(chart.axisOf(line).share(line.series().values()[i]));
            if (line.kind() == Chart.Kind.END) {
                // a trial that flew apart ends at the edge of the plot
                y = Double.isFinite(y) ? Math.max(y, frame.y(1)) : frame.y(1);
            } else if (!Double.isFinite(y)) {
                broken = true;
                continue;
            }
            // far outside the plot nothing is seen, but pixels beyond an int's range cannot be drawn
            y = Math.max(-1e5, Math.min(1e5, y));
            points.add(new double[] {x, y});
            if (broken) {
                path.moveTo(x, y);
            }
            path.lineTo(x, y);
            broken = false;
        }
        canvas.setColor(ink(line.kind(), line.colour()));
        if (!line.kind().isAlone()) {
            canvas.setStroke(stroke(line.kind(), line.branch()));
            canvas.draw(path);
        }
        if (line.kind().isSparse()) {
            double dot = points.size() > ChartSvg.MANY_POINTS ? DOT / 2 : DOT;
            points.forEach(point -> drawPoint(line.kind(), line.colour(), point[0], point[1], dot));
        }
    }

    private void drawPoint(Chart.Kind kind, int colour, double x, double y, double radius) {
        if (kind == Chart.Kind.END) {
            canvas.setColor(colour(colour));
            canvas.setStroke(new BasicStroke(3f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
            canvas.draw(new Line2D.Double(x - CROSS, y - CROSS, x + CROSS, y + CROSS));
            canvas.draw(new Line2D.Double(x - CROSS, y + CROSS, x + CROSS, y - CROSS));
            return;
        }
        boolean hollow = kind == Chart.Kind.POINTS || kind == Chart.Kind.FORK;
        Ellipse2D dot = new Ellipse2D.Double(x - radius, y - radius, 2 * radius, 2 * radius);
        canvas.setColor(hollow ? Color.WHITE : colour(colour));
        canvas.fill(dot);
        canvas.setColor(hollow ? colour(colour) : Color.WHITE);
        canvas.setStroke(new BasicStroke(hollow ? (float) (radius / 2) : 1));
        canvas.draw(dot);
    }

    private void drawMarks(List<Frame> frames) {
        List<double[]> placed = new ArrayList<>();
        Frame frame = frames.get(0);
        canvas.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 14));
        for (Chart.Mark mark : figure.marks()) {
            double x = frame.x(figure.steps().share((double) mark.step()));
            double y = frame.top() + BADGE + 1;
            for (double[] other : placed) {
                if (Math.abs(other[0] - x) < 2 * BADGE + 1 && Math.abs(other[1] - y) < 2 * BADGE + 1) {
                    y = other[1] + 2 * BADGE + 2;
                }
            }
            placed.add(new double[] {x, y});
            canvas.setColor(colour(mark.colour()));
            canvas.setStroke(
                    new BasicStroke(1.4f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, new float[] {5, 5}, 0));
            canvas.draw(new Line2D.Double(
                    x, frame.y(1), x, frames.get(frames.size() - 1).y(0)));
            canvas.fill(new Ellipse2D.Double(x - BADGE, y - BADGE, 2 * BADGE, 2 * BADGE));
            canvas.setColor(Color.WHITE);
            text(Integer.toString(mark.number()), x, y + 5, 0.5);
        }
    }

    static Color colour(int colour) {
        return colour == Legend.GREY
                ? SOFT
                : Ramp.has(colour) ? Ramp.ink(colour) : COLOURS.get(colour % COLOURS.size());
    }

    private Color ink(Chart.Kind kind, int index) {
        Color colour = colour(index);
        int opacity = switch (kind) {
            case RAW -> smoothed ? 80 : 255;
            case PLANNED -> 64;
            case NORM -> 140;
            case TRAIN -> 100;
            case SMOOTH, RATE, POINTS, CURVE, CLIP, CLIP_RATE, END, FORK -> 255;
        };
        return new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), opacity);
    }

    private BasicStroke stroke(Chart.Kind kind, int branch) {
        float width = switch (kind) {
            case RAW -> smoothed ? 1.2f : 2.2f;
            case SMOOTH -> 3.4f;
            case RATE, CLIP -> 2f;
            case PLANNED -> 9f;
            case CURVE, CLIP_RATE -> 2.6f;
            case TRAIN -> 1.6f;
            case NORM, POINTS, END, FORK -> 1.4f;
        };
        boolean whole = kind == Chart.Kind.RAW || kind == Chart.Kind.NORM || kind == Chart.Kind.PLANNED;
        float[] dash = kind == Chart.Kind.CLIP
                ? new float[] {10, 6}
                : branch == 0 || whole ? DASHES.get(0) : DASHES.get((branch - 1) % ChartSvg.NUM_DASHES + 1);
        int cap = kind == Chart.Kind.PLANNED || dash.length > 0 ? BasicStroke.CAP_BUTT : BasicStroke.CAP_ROUND;
        return new BasicStroke(width, cap, BasicStroke.JOIN_ROUND, 1, dash.length == 0 ? null : dash, 0);
    }
}
