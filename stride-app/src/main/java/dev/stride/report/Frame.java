package dev.stride.report;

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
}
