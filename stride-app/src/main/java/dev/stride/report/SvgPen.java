package dev.stride.report;

/** Draws as SVG; colours and widths are the style sheet's. */
final class SvgPen implements Pen {
    private final Markup page;

    SvgPen(Markup page) {
        this.page = page;
    }

    @Override
    public void line(Look look, double... places) {
        StringBuilder path = new StringBuilder();
        for (int i = 0; i < places.length; i += 2) {
            path.append(i == 0 ? 'M' : 'L')
                    .append(Numbers.pixels(places[i]))
                    .append(' ')
                    .append(Numbers.pixels(places[i + 1]));
        }
        page.leaf("path", "class", look.word(), "d", path.toString());
    }

    @Override
    public void area(Look look, double left, double top, double width, double height) {
        page.leaf(
                "rect",
                "class",
                look.word(),
                "x",
                Numbers.pixels(left),
                "y",
                Numbers.pixels(top),
                "width",
                Numbers.pixels(width),
                "height",
                Numbers.pixels(height));
    }

    @Override
    public void point(Point point, int colour, double x, double y, BilingualText words) {
        page.open("g", "class", "at " + point.word() + " " + ChartSvg.colour(colour));
        if (!words.isEmpty()) {
            // a title holds no elements, so it stands in the language that all can read numbers in
            page.element("title", words.english());
        }
        String cx = Numbers.pixels(x);
        String cy = Numbers.pixels(y);
        if (point == Point.LOST) {
            page.leaf("path", "d", cross(x, y, 4.5));
        } else {
            page.leaf("circle", "cx", cx, "cy", cy, "r", point == Point.SEED ? "2.5" : "5");
        }
        page.close().line();
    }

    /** A cross with arms of a length in each of four directions. */
    static String cross(double x, double y, double arm) {
        String left = Numbers.pixels(x - arm);
        String right = Numbers.pixels(x + arm);
        String top = Numbers.pixels(y - arm);
        String bottom = Numbers.pixels(y + arm);
        return "M" + left + " " + top + "L" + right + " " + bottom + "M" + left + " " + bottom + "L" + right + " "
                + top;
    }

    @Override
    public void label(String text, double x, double y, double anchor) {
        page.element("text", text, "x", Numbers.pixels(x), "y", Numbers.pixels(y), "text-anchor", anchor(anchor));
    }

    @Override
    public void title(BilingualText text, double x, double y, double anchor) {
        page.open(
                "text",
                "class",
                "title",
                "x",
                Numbers.pixels(x),
                "y",
                Numbers.pixels(y),
                "text-anchor",
                anchor(anchor));
        page.both(text.english(), text.chinese()).close();
    }

    private static String anchor(double anchor) {
        return anchor == 0 ? "start" : anchor == 1 ? "end" : "middle";
    }

    @Override
    public double margin() {
        return 4;
    }
}
