package dev.stride.report;

import dev.stride.search.SweepTrial;
import java.util.ArrayList;
import java.util.List;

/** Draws a {@link ScoreChart} with a pen, inside a frame. */
final class ScoreDrawing {
    private static final double MIN_TICK_DISTANCE = 36;
    private static final double MIN_LABEL_DISTANCE = 46;
    private static final int FIT_POINTS = 80;

    private final ScoreChart chart;
    private final Pen pen;
    private final Frame frame;

    ScoreDrawing(ScoreChart chart, Pen pen, Frame frame) {
        this.chart = chart;
        this.pen = pen;
        this.frame = frame;
    }

    void draw() {
        if (chart.band() != null) {
            double from = frame.x(Math.max(0, chart.across().share(chart.band().low())));
            double to = frame.x(Math.min(1, chart.across().share(chart.band().high())));
            // a range of one value is still seen
            double width = Math.max(4, to - from);
            pen.area(Pen.Look.BAND, to - from < 4 ? from - 2 : from, frame.top(), width, frame.plotHeight());
        }
        drawAxes();
        if (chart.fit() != null) {
            drawFit(chart.fit());
        }
        drawLevel();
        for (ScoreChart.Group group : chart.groups()) {
            draw(group);
        }
    }

    private void drawAxes() {
        for (double tick : chart.up().ticks((int) Math.max(3, frame.plotHeight() / MIN_TICK_DISTANCE))) {
            double y = frame.y(chart.up().share(tick));
            pen.line(Pen.Look.GRID, frame.left(), y, frame.x(1), y);
            pen.label(Numbers.compact(tick), frame.left() - 8, y + 4, 1);
        }
        double bottom = frame.y(0);
        double free = Double.NEGATIVE_INFINITY;
        for (ScoreChart.Group group : chart.groups()) {
            double x = frame.x(chart.across().share(group.x()));
            pen.line(Pen.Look.TICK, x, bottom, x, bottom + 5);
            if (x - free >= MIN_LABEL_DISTANCE) {
                pen.label(label(group), x, bottom + 21, 0.5);
                free = x;
            }
        }
        pen.line(Pen.Look.AXIS, frame.left(), bottom, frame.x(1), bottom);
        pen.title(chart.upTitle(), pen.margin(), frame.top() - 13, 0);
        pen.title(chart.acrossTitle(), frame.x(0.5), frame.height() - 6, 0.5);
    }

    private String label(ScoreChart.Group group) {
        return chart.data().vary().equals("lr") ? Numbers.scientific(group.x()) : group.label();
    }

    private void drawFit(ScoreChart.Fit curve) {
        List<Double> places = new ArrayList<>();
        for (int i = 0; i <= FIT_POINTS; i++) {
            double share = (double) i / FIT_POINTS;
            double value = chart.across().low()
                    * Math.pow(chart.across().high() / chart.across().low(), share);
            double height = chart.up().share(curve.at(value));
            if (height >= 0
                    && height <= 1
                    && Math.abs(Math.log10(value / curve.best())) <= ScoreChart.FIT_REACH * 1.2) {
                places.add(frame.x(share));
                places.add(frame.y(height));
            }
        }
        if (places.size() >= 4) {
            pen.line(
                    Pen.Look.FIT,
                    places.stream().mapToDouble(Double::doubleValue).toArray());
        }
        double x = chart.across().share(curve.best());
        if (x >= 0 && x <= 1) {
            pen.line(Pen.Look.OPTIMUM, frame.x(x), frame.y(1), frame.x(x), frame.y(0));
            pen.label(Numbers.scientific(curve.best(), 2), frame.x(x), frame.top() - 5, 0.5);
        }
    }

    private void drawLevel() {
        double best = Double.NaN;
        for (ScoreChart.Group group : chart.groups()) {
            if (group.whole() && chart.data().isBetter(group.score(), best)) {
                best = group.score();
            }
        }
        if (Double.isFinite(best) && chart.hasWhiskers()) {
            double y = frame.y(chart.up().share(best));
            pen.line(Pen.Look.LEVEL, frame.left(), y, frame.x(1), y);
        }
    }

    private void draw(ScoreChart.Group group) {
        double x = frame.x(chart.across().share(group.x()));
        BilingualText words = words(group);
        if (chart.isLost(group)) {
            pen.point(Pen.Point.LOST, group.colour(), x, frame.y(chart.data().higherIsBetter() ? 0.03 : 0.97), words);
            return;
        }
        if (!Double.isFinite(group.score())) {
            return;
        }
        if (Double.isFinite(group.low()) && Double.isFinite(group.high())) {
            double low = frame.y(Math.max(0, chart.up().share(group.low())));
            double high = frame.y(Math.min(1, chart.up().share(group.high())));
            pen.line(Pen.Look.WHISKER, x, low, x, high);
            pen.line(Pen.Look.WHISKER, x - 4, low, x + 4, low);
            pen.line(Pen.Look.WHISKER, x - 4, high, x + 4, high);
        }
        if (group.hasSeeds()) {
            for (SweepData.Trial trial : group.trials()) {
                double share = chart.up().share(trial.score(chart.data().metric()));
                if (trial.status() == SweepTrial.Status.FINISHED && share >= 0 && share <= 1) {
                    pen.point(Pen.Point.SEED, group.colour(), x + 9, frame.y(share), BilingualText.of(trial.name()));
                }
            }
        }
        Pen.Point point = group.whole() ? Pen.Point.WHOLE : Pen.Point.EARLY;
        pen.point(point, group.colour(), x, frame.y(chart.up().share(group.score())), words);
    }

    private BilingualText words(ScoreChart.Group group) {
        StringBuilder words = new StringBuilder(label(group) + ": " + Numbers.compact(group.score()));
        if (Double.isFinite(group.low())) {
            words.append(" (")
                    .append(Numbers.compact(group.low()))
                    .append(" – ")
                    .append(Numbers.compact(group.high()))
                    .append(')');
        }
        for (SweepData.Trial trial : group.trials()) {
            words.append("; ")
                    .append(trial.status().word())
                    .append(", ")
                    .append(trial.steps())
                    .append('/')
                    .append(trial.plannedSteps());
        }
        return BilingualText.of(words.toString());
    }
}
