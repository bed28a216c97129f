package dev.stride.report;

import dev.stride.config.UserException;
import dev.stride.experiment.AtomicFile;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The picture of a plan, as PNG: the rate of every group over the updates. Its words are English. */
public final class PlannedRatesChart {
    private static final int WIDTH = 1600;
    private static final int HEIGHT = 900;

    /** More lines than this are coloured by their order and named by the first and the last alone. */
    private static final int MOST_NAMES = 10;

    /** The library takes values for equally spaced where they differ by less than a fixed amount, as rates do. */
    static final double UNITS = 1e9;

    private PlannedRatesChart() {}

    /**
     * One line of the picture.
     *
     * @param name of the group
     * @param points in the order of their updates; at least one
     */
    public record Line(String name, List<RatePoint> points) {
        public Line {
            points = List.copyOf(points);
            if (points.isEmpty()) {
                throw new IllegalArgumentException(name + " has no points");
            }
        }
    }

    /**
     * Draws the picture; no display is needed.
     *
     * @return the bytes of a PNG file of 1600 by 900 pixels
     * @throws UserException if this machine has no font for Java to write with
     */
    public static byte[] render(String title, List<Line> lines) {
        if (System.getProperty("java.awt.headless") == null) {
            // without this, a DISPLAY that does not answer fails the picture
            System.setProperty("java.awt.headless", "true");
        }
        try {
            ByteArrayOutputStream png = new ByteArrayOutputStream();
            BitmapEncoder.saveBitmap(chart(title, lines), png, BitmapEncoder.BitmapFormat.PNG);
            return png.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot encode the chart as PNG: " + e.getMessage(), e);
        } catch (LinkageError | InternalError e) {
            throw new UserException("the chart cannot be drawn as PNG, because Java finds no fonts here ("
                    + e.getMessage() + "). Install fontconfig and any font, for example fonts-dejavu-core");
        }
    }

    /** Writes the picture, whole or not at all. */
    public static void write(Path file, String title, List<Line> lines) {
        AtomicFile.write(file, render(title, lines));
    }

    /** The chart before it becomes pixels. */
    static XYChart chart(String title, List<Line> lines) {
        XYChart chart = new XYChart(WIDTH, HEIGHT);
        chart.setTitle(title);
        chart.setXAxisTitle("step (optimizer updates)");
        chart.setYAxisTitle("planned learning rate");
        dress(chart.getStyler());
        for (int i = 0; i < lines.size(); i++) {
            Line line = lines.get(i);
            XYSeries series = chart.addSeries(
                    line.name(),
                    line.points().stream().mapToDouble(RatePoint::step).toArray(),
                    line.points().stream()
                            .mapToDouble(point -> UNITS * point.lr())
                            .toArray());
            series.setMarker(SeriesMarkers.NONE);
            series.setLineColor(colour(i, lines.size()));
            // a line that a later one covers is wide, so that both are seen
            boolean covered = lines.subList(i + 1, lines.size()).stream()
                    .anyMatch(later -> later.points().equals(line.points()));
            float width = lines.size() > MOST_NAMES ? 1.5f : covered ? 9f : 3f;
            series.setLineStyle(new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
            series.setShowInLegend(lines.size() <= MOST_NAMES || i == 0 || i == lines.size() - 1);
        }
        double top = lines.stream()
                .flatMap(line -> line.points().stream())
                .mapToDouble(point -> UNITS * point.lr())
                .max()
                .orElse(1);
        chart.getStyler().setYAxisMin(0.0);
        chart.getStyler().setYAxisMax(top > 0 ? 1.05 * top : 1);
        return chart;
    }

    private static void dress(XYStyler style) {
        style.setBaseFont(new Font(Font.SANS_SERIF, Font.PLAIN, 18));
        style.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 24));
        style.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 18));
        style.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 16));
        style.setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 16));
        style.setChartBackgroundColor(Color.WHITE);
        style.setPlotBackgroundColor(Color.WHITE);
        style.setPlotBorderVisible(false);
        style.setPlotGridVerticalLinesVisible(false);
        style.setPlotGridLinesColor(new Color(0xdcdfe1));
        style.setPlotGridLinesStroke(new BasicStroke(1));
        style.setChartFontColor(new Color(0x1d2125));
        style.setAxisTickLabelsColor(new Color(0x5c646b));
        style.setChartPadding(24);
        style.setLegendPosition(Styler.LegendPosition.OutsideS);
        style.setLegendLayout(Styler.LegendLayout.Horizontal);
        style.setLegendBorderColor(Color.WHITE);
        style.setYAxisTickLabelsFormattingFunction(value -> Numbers.compact(value / UNITS));
        style.setYAxisTickMarkSpacingHint(80);
        style.setXAxisDecimalPattern("#,##0");
        style.setXAxisTickMarkSpacingHint(150);
    }

    /** Few lines have colours of their own; many go from blue to orange in their order. */
    private static Color colour(int index, int count) {
        List<Integer> own = Arrays.asList(
                0x0072b2, 0xd55e00, 0x009e73, 0xb6558f, 0xb98100, 0x3d9fd6, 0x4d4d4d, 0x882255, 0x117733, 0x332288);
        if (count <= MOST_NAMES) {
            return new Color(own.get(index));
        }
        float share = (float) index / (count - 1);
        return new Color(share * 0.84f, 0.45f - share * 0.08f, 0.70f * (1 - share));
    }
}
