package dev.stride.report;

import dev.stride.config.UserException;
import dev.stride.experiment.AtomicFile;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.geom.Ellipse2D;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * The picture of the learning rate and the loss, as PNG: the same lines as the first chart of {@link HtmlReport}, with
 * the loss at the left axis and the rate at the right one. Its words are English and need no Chinese font.
 */
public final class LrChart {
    /** The picture's size in pixels. */
    public static final int WIDTH = 1600;

    /** The picture's size in pixels. */
    public static final int HEIGHT = 900;

    private static final int LOSS = 0;
    private static final int RATE = 1;

    /** The colours of the page on light paper. */
    private static final List<Color> COLOURS = List.of(
            new Color(0x0072b2),
            new Color(0xd55e00),
            new Color(0x009e73),
            new Color(0xb6558f),
            new Color(0xb98100),
            new Color(0x3d9fd6),
            new Color(0x4d4d4d));

    private static final Color INK = new Color(0x1d2125);
    private static final Color SOFT = new Color(0x5c646b);
    private static final Color RULE = new Color(0xdcdfe1);
    private static final int MAX_NAME = 40;
    private static final int MAX_TITLE = 90;

    /** Points of a planned rate: so many look like a dotted line. */
    private static final int MAX_DOTS = 150;

    /**
     * The library has one switch for logarithmic axes and one function for the labels of all of them. So the logarithm
     * of a rate is drawn, so far below zero that the function can tell it from a loss.
     */
    private static final double BELOW_EVERY_LOSS = -1000;

    private final RateLossChart chart;
    private final XYChart picture;
    private final boolean logRate;
    private final Set<String> names = new HashSet<>();
    private final IdentityHashMap<Chart.Line, String> seriesNames = new IdentityHashMap<>();

    private LrChart(ReportData data) {
        this.chart = RateLossChart.of(data.runs());
        this.picture = new XYChart(WIDTH, HEIGHT);
        this.logRate = chart.chart().right() instanceof Axis.Log;
        picture.setTitle(shortened(data.title(), MAX_TITLE));
        dress();
        boolean several = data.runs().size() > 1;
        // lines that the legend shows are named first, so that they get the plain names
        for (Chart.Line line : chart.chart().lines()) {
            if (isInLegend(line, several)) {
                seriesNames.put(line, name(line, several));
            }
        }
        for (Chart.Line line : chart.chart().lines()) {
            add(line, seriesNames.computeIfAbsent(line, other -> name(other, several)), isInLegend(line, several));
        }
    }

    /**
     * Draws the picture; no display is needed.
     *
     * @return the bytes of a PNG file of {@link #WIDTH} by {@link #HEIGHT} pixels
     * @throws UserException if this machine has no font for Java to write with
     */
    public static byte[] render(ReportData data) {
        if (System.getProperty("java.awt.headless") == null) {
            // without this, a DISPLAY that does not answer fails the picture
            System.setProperty("java.awt.headless", "true");
        }
        try {
            ByteArrayOutputStream png = new ByteArrayOutputStream();
            BitmapEncoder.saveBitmap(new LrChart(data).picture, png, BitmapEncoder.BitmapFormat.PNG);
            return png.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot encode the chart as PNG: " + e.getMessage(), e);
        } catch (LinkageError | InternalError e) {
            throw new UserException(
                    "the chart cannot be drawn as PNG, because Java finds no fonts here (" + e.getMessage()
                            + "). Install fontconfig and any font, for example fonts-dejavu-core; report.html needs none");
        }
    }

    /**
     * Writes the picture, whole or not at all.
     *
     * @throws UserException if this machine has no font for Java to write with
     * @throws UncheckedIOException naming the file
     */
    public static void write(Path file, ReportData data) {
        AtomicFile.write(file, render(data));
    }

    private void dress() {
        XYStyler style = picture.getStyler();
        style.setBaseFont(new Font(Font.SANS_SERIF, Font.PLAIN, 18));
        style.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 24));
        style.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 18));
        style.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 16));
        style.setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 16));
        style.setChartBackgroundColor(Color.WHITE);
        style.setPlotBackgroundColor(Color.WHITE);
        style.setPlotBorderVisible(false);
        style.setPlotGridVerticalLinesVisible(false);
        style.setPlotGridLinesColor(RULE);
        style.setPlotGridLinesStroke(new BasicStroke(1));
        style.setChartFontColor(INK);
        style.setAxisTickLabelsColor(SOFT);
        style.setAxisTickMarksColor(RULE);
        style.setChartTitleBoxVisible(false);
        style.setChartPadding(24);
        style.setPlotMargin(0);
        style.setPlotContentSize(1);
        style.setLegendPosition(Styler.LegendPosition.OutsideS);
        style.setLegendLayout(Styler.LegendLayout.Horizontal);
        style.setLegendBorderColor(Color.WHITE);
        style.setLegendSeriesLineLength(34);
        style.setMarkerSize(10);
        style.setYAxisTickLabelsFormattingFunction(this::tick);
        style.setXAxisTickMarkSpacingHint(150);
        style.setYAxisTickMarkSpacingHint(80);
        picture.setXAxisTitle("step (optimizer updates)");
        picture.setYAxisGroupTitle(LOSS, "loss (thick; points: validation)");
        picture.setYAxisGroupTitle(RATE, "learning rate (thin; dotted: planned)" + (logRate ? ", logarithmic" : ""));
        style.setYAxisGroupPosition(RATE, Styler.YAxisPosition.Right);
        Axis steps = chart.chart().steps();
        // a little wider than the data, because the library writes no label on the very edge
        double air = (steps.high() - steps.low()) * 0.008;
        style.setXAxisMin(steps.low() - air);
        style.setXAxisMax(steps.high() + air);
        style.setXAxisDecimalPattern("#,##0");
        bound(LOSS, chart.chart().left());
        Axis rate = chart.chart().right();
        if (rate != null) {
            bound(RATE, rate);
        }
    }

    private void bound(int group, Axis axis) {
        boolean log = axis instanceof Axis.Log;
        picture.getStyler().setYAxisMin(group, log ? BELOW_EVERY_LOSS + Math.log10(axis.low()) - 0.02 : axis.low());
        picture.getStyler().setYAxisMax(group, log ? BELOW_EVERY_LOSS + Math.log10(axis.high()) + 0.02 : axis.high());
    }

    /** The library divides a decade evenly, which gives 1, 1.6, 2.5, 4 and 6.3: two digits are enough. */
    private String tick(double value) {
        return logRate && value < BELOW_EVERY_LOSS / 2
                ? Numbers.scientific(Math.pow(10, value - BELOW_EVERY_LOSS), 2)
                : Numbers.compact(value);
    }

    /** One entry a run; for a run alone, one entry a kind of line. */
    private boolean isInLegend(Chart.Line line, boolean several) {
        Chart.Kind loss = chart.smoothing() > 0 ? Chart.Kind.SMOOTH : Chart.Kind.RAW;
        return line.kind() == loss
                || (!several && (line.kind() == Chart.Kind.RATE || line.kind() == Chart.Kind.POINTS));
    }

    private void add(Chart.Line line, String name, boolean inLegend) {
        List<Double> steps = new ArrayList<>();
        List<Double> values = new ArrayList<>();
        Axis axis = chart.chart().axisOf(line);
        int stride =
                line.kind() == Chart.Kind.PLANNED ? Math.max(1, line.series().size() / MAX_DOTS) : 1;
        for (int i = 0; i < line.series().size(); i += stride) {
            double value = line.series().values()[i];
            double place = axis.share(value);
            // what lies outside its axis is left out, as on the page, where it is cut off
            if (place >= 0 && place <= 1) {
                steps.add((double) line.series().steps()[i]);
                values.add(line.onRight() && logRate ? BELOW_EVERY_LOSS + Math.log10(value) : value);
            }
        }
        if (values.isEmpty()) {
            return;
        }
        XYSeries series = picture.addSeries(name, steps, values);
        series.setShowInLegend(inLegend);
        series.setYAxisGroup(line.onRight() ? RATE : LOSS);
        style(series, line);
    }

    /** The library wants a name for each line; only those in the legend are seen. */
    private String name(Chart.Line line, boolean several) {
        String base = several ? shortened(line.name(), MAX_NAME) : line.label().english();
        String name = base;
        for (int i = 2; !names.add(name); i++) {
            name = base + " (" + i + ")";
        }
        return name;
    }

    private void style(XYSeries series, Chart.Line line) {
        Color colour = COLOURS.get(line.colour() % COLOURS.size());
        boolean smoothed = chart.smoothing() > 0;
        Marker marker = line.kind() == Chart.Kind.POINTS ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE;
        series.setMarker(marker);
        series.setMarkerColor(colour);
        series.setLineColor(colour);
        switch (line.kind()) {
            case RAW -> {
                series.setLineStyle(stroke(smoothed ? 1f : 2f));
                series.setLineColor(smoothed ? pale(colour) : colour);
            }
            case SMOOTH, CURVE -> series.setLineStyle(stroke(3.2f));
            case RATE -> series.setLineStyle(stroke(1.8f));
            case PLANNED -> {
                series.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
                series.setMarker(new Dot());
            }
            case POINTS -> series.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
        }
    }

    /** A point of a dotted line. The library's own dashes begin anew at every point and so run together. */
    private static final class Dot extends Marker {
        @Override
        public void paint(Graphics2D graphics, double x, double y, int size) {
            graphics.fill(new Ellipse2D.Double(x - 1.5, y - 1.5, 3, 3));
        }
    }

    private static BasicStroke stroke(float width) {
        return new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
    }

    private static Color pale(Color colour) {
        return new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), 80);
    }

    private static String shortened(String name, int most) {
        return name.codePointCount(0, name.length()) <= most
                ? name
                : name.substring(0, name.offsetByCodePoints(0, most - 1)) + "…";
    }
}
