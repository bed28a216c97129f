package dev.stride.report;

import java.util.ArrayList;
import java.util.List;

/**
 * The sides of a drawing and of the plot inside it, in its own units.
 *
 * @param id a word that tells drawings of one chart apart
 * @param width of the drawing
 * @param height of the drawing
 * @param left margin, for the left axis
 * @param right margin
 * @param top margin
 * @param bottom margin, for the steps
 */
record Frame(String id, double width, double height, double left, double right, double top, double bottom) {
    private static final double ABOVE = 34;
    private static final double BOTTOM = 46;

    double plotWidth() {
        return width - left - right;
    }

    double plotHeight() {
        return height - top - bottom;
    }

    /** The pixel of a share of the horizontal axis. */
    double x(double share) {
        return left + share * plotWidth();
    }

    /** The pixel of a share of a vertical axis: high values lie above. */
    double y(double share) {
        return top + (1 - share) * plotHeight();
    }

    /** A drawing of plots of these heights under each other, each with room above for the names of its axes. */
    static List<Frame> stacked(String id, double width, double left, double right, List<Integer> heights) {
        double height =
                BOTTOM + heights.stream().mapToDouble(plot -> ABOVE + plot).sum();
        List<Frame> frames = new ArrayList<>();
        double top = 0;
        for (int plot : heights) {
            top += ABOVE;
            frames.add(new Frame(id, width, height, left, right, top, height - top - plot));
            top += plot;
        }
        return frames;
    }
}
