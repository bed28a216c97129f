package dev.stride.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;

/** Draws on a canvas, in the colours of light paper. */
final class ImagePen implements Pen {
    private static final Color SOFT = new Color(0x5c646b);
    private static final Color RULE = new Color(0xdcdfe1);
    private static final Color BAND = new Color(0, 0x72, 0xb2, 28);
    private static final double DOT = 8;
    private static final double SEED_DOT = 4;
    private static final double ARM = 7;

    private final Graphics2D canvas;

    ImagePen(Graphics2D canvas) {
        this.canvas = canvas;
    }

    @Override
    public void line(Look look, double... places) {
        Path2D.Double path = new Path2D.Double();
        path.moveTo(places[0], places[1]);
        for (int i = 2; i < places.length; i += 2) {
            path.lineTo(places[i], places[i + 1]);
        }
        canvas.setColor(
                switch (look) {
                    case GRID, TICK -> RULE;
                    case AXIS, LEVEL, WHISKER -> SOFT;
                    case FIT, OPTIMUM, BAND -> FigureImage.INK;
                });
        canvas.setStroke(
                switch (look) {
                    case FIT -> new BasicStroke(2.4f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
                    case OPTIMUM -> dashed(1.8f, 9, 6);
                    case LEVEL -> dashed(1.4f, 3, 5);
                    case WHISKER -> new BasicStroke(2f);
                    case GRID, TICK, AXIS, BAND -> new BasicStroke(1);
                });
        canvas.draw(path);
    }

    private static BasicStroke dashed(float width, float on, float off) {
        return new BasicStroke(width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, new float[] {on, off}, 0);
    }

    @Override
    public void area(Look look, double left, double top, double width, double height) {
        canvas.setColor(BAND);
        canvas.fill(new Rectangle2D.Double(left, top, width, height));
    }

    @Override
    public void point(Point point, int colour, double x, double y, BilingualText words) {
        Color ink = FigureImage.colour(colour);
        if (point == Point.LOST) {
            canvas.setColor(ink);
            canvas.setStroke(new BasicStroke(3.4f, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
            canvas.draw(new Line2D.Double(x - ARM, y - ARM, x + ARM, y + ARM));
            canvas.draw(new Line2D.Double(x - ARM, y + ARM, x + ARM, y - ARM));
            return;
        }
        double radius = point == Point.SEED ? SEED_DOT : DOT;
        Ellipse2D dot = new Ellipse2D.Double(x - radius, y - radius, 2 * radius, 2 * radius);
        canvas.setColor(point == Point.EARLY ? Color.WHITE : ink);
        canvas.fill(dot);
        canvas.setColor(point == Point.EARLY ? ink : Color.WHITE);
        canvas.setStroke(new BasicStroke(point == Point.EARLY ? 3f : 1f));
        canvas.draw(dot);
    }

    @Override
    public void label(String text, double x, double y, double anchor) {
        text(text, SOFT, 15, x, y, anchor);
    }

    @Override
    public void title(BilingualText text, double x, double y, double anchor) {
        text(text.english(), FigureImage.INK, 16, x, y, anchor);
    }

    private void text(String text, Color ink, int size, double x, double y, double anchor) {
        canvas.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, size));
        canvas.setColor(ink);
        double width = canvas.getFontMetrics().stringWidth(text);
        canvas.drawString(text, (float) (x - anchor * width), (float) y);
    }

    @Override
    public double margin() {
        return 28;
    }
}
