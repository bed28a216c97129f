package dev.stride.report;

import dev.stride.config.UserException;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The picture of a range test, as PNG: the loss of each pass and their median over the rate on a logarithmic axis. */
public final class RangeChart {
    private static final Color PASS = new Color(0, 0x72, 0xb2, 80);
    private static final Color MEDIAN = new Color(0x0072b2);
    private static final Color SUGGESTION = new Color(0x009e73);
    private static final Color CEILING = new Color(0xd55e00);
    private static final Color INK = new Color(0x1d2125);
    private static final Color RULE = new Color(0xdcdfe1);

    private RangeChart() {}

    /** Losses at rising rates; as many of both. */
    public record Line(List<Double> rates, List<Double> losses) {
        public Line {
            rates = List.copyOf(rates);
            losses = List.copyOf(losses);
        }
    }

    /**
     * Draws the picture; no display is needed.
     *
     * @param suggestion marked by a line; null for none
     * @param ceiling marked by a line; null for none
     * @return the bytes of a PNG file of {@link LrChart#WIDTH} by {@link LrChart#HEIGHT} pixels
     * @throws UserException if this machine has no font for Java to write with, or there is no point to draw
     */
    public static byte[] render(List<Line> passes, Line median, @Nullable Double suggestion, @Nullable Double ceiling) {
        if (median.rates().size() < 2) {
            throw new UserException("there are not two points to draw");
        }
        if (System.getProperty("java.awt.headless") == null) {
            // without this, a DISPLAY that does not answer fails the picture
            System.setProperty("java.awt.headless", "true");
        }
        try {
            ByteArrayOutputStream png = new ByteArrayOutputStream();
            BitmapEncoder.saveBitmap(picture(passes, median, suggestion, ceiling), png, BitmapEncoder.BitmapFormat.PNG);
            return png.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot encode the chart as PNG: " + e.getMessage(), e);
        } catch (LinkageError | InternalError e) {
            throw new UserException("the chart cannot be drawn as PNG, because Java finds no fonts here ("
                    + e.getMessage() + "). Install fontconfig and any font, for example fonts-dejavu-core");
        }
    }

    private static XYChart picture(
            List<Line> passes, Line median, @Nullable Double suggestion, @Nullable Double ceiling) {
        XYChart picture = new XYChart(LrChart.WIDTH, LrChart.HEIGHT);
        picture.setTitle("Range test: the loss after one update at each rate");
        picture.setXAxisTitle("learning rate, logarithmic");
        picture.setYAxisTitle("loss");
        XYStyler style = picture.getStyler();
        style.setBaseFont(new Font(Font.SANS_SERIF, Font.PLAIN, 18));
        style.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 24));
        style.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 18));
        style.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 16));
        style.setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 16));
        style.setChartBackgroundColor(Color.WHITE);
        style.setPlotBackgroundColor(Color.WHITE);
        style.setPlotBorderVisible(false);
        style.setPlotGridLinesColor(RULE);
        style.setChartFontColor(INK);
        style.setChartTitleBoxVisible(false);
        style.setChartPadding(24);
        style.setLegendPosition(Styler.LegendPosition.OutsideS);
        style.setLegendLayout(Styler.LegendLayout.Horizontal);
        style.setLegendBorderColor(Color.WHITE);
        style.setXAxisLogarithmic(true);
        double low = median.losses().stream().mapToDouble(x -> x).min().orElse(0);
        double high = median.losses().stream().mapToDouble(x -> x).max().orElse(1);
        double air = Math.max((high - low) * 0.05, 1e-6 * Math.abs(high));
        style.setYAxisMin(low - air);
        style.setYAxisMax(high + air);
        for (int i = 0; i < passes.size(); i++) {
            Line pass = passes.get(i);
            if (!pass.rates().isEmpty()) {
                add(picture, "pass " + (i + 1), pass.rates(), pass.losses(), PASS, 1.5f);
            }
        }
        add(picture, "median", median.rates(), median.losses(), MEDIAN, 3.2f);
        mark(picture, "suggestion", suggestion, low, high, SUGGESTION);
        mark(picture, "ceiling", ceiling, low, high, CEILING);
        return picture;
    }

    private static void mark(
            XYChart picture, String name, @Nullable Double rate, double low, double high, Color colour) {
        if (rate != null) {
            add(
                    picture,
                    name + " " + Numbers.scientific(rate, 2),
                    List.of(rate, rate),
                    List.of(low, high),
                    colour,
                    2.4f);
        }
    }

    private static void add(
            XYChart picture, String name, List<Double> rates, List<Double> losses, Color colour, float width) {
        XYSeries series = picture.addSeries(name, rates, losses);
        series.setMarker(SeriesMarkers.NONE);
        series.setLineColor(colour);
        series.setLineStyle(new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    }
}
