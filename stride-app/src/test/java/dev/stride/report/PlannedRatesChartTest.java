package dev.stride.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;

class PlannedRatesChartTest {
    private static PlannedRatesChart.Line line(String name, double factor) {
        return new PlannedRatesChart.Line(
                name,
                LongStream.rangeClosed(1, 50)
                        .mapToObj(step -> new RatePoint(step, factor * step * 1e-6))
                        .toList());
    }

    @Test
    void chart_everyGroup_isALineWithItsValues() {
        XYChart chart = PlannedRatesChart.chart("a plan", List.of(line("lora_a", 1), line("lora_b", 16)));
        assertThat(chart.getSeriesCollection()).extracting(XYSeries::getName).containsExactly("lora_a", "lora_b");
        assertThat(chart.getSeries("lora_b").getYData()[49]).isEqualTo(PlannedRatesChart.UNITS * (16 * 50 * 1e-6));
        assertThat(chart.getSeries("lora_b").isShowInLegend()).isTrue();
    }

    /** The library once wrote a label beside each value of a short run, one over the other. */
    @Test
    void chart_labels_areFewAndRound() {
        XYChart chart = PlannedRatesChart.chart("a plan", List.of(line("decay", 1), line("no_decay", 0.83)));
        java.util.function.Function<Double, String> label = chart.getStyler().getYAxisTickLabelsFormattingFunction();
        assertThat(label.apply(PlannedRatesChart.UNITS * 2e-5)).isEqualTo("2e-5");
        double[] values = chart.getSeries("no_decay").getYData();
        assertThat(values[49]).as("far from the library's smallest difference").isGreaterThan(1000);
    }

    @Test
    void chart_manyGroups_namesTheFirstAndTheLast() {
        List<PlannedRatesChart.Line> lines = new ArrayList<>();
        for (int i = 0; i < 59; i++) {
            lines.add(line("g" + i, 1 + i));
        }
        XYChart chart = PlannedRatesChart.chart("many", lines);
        assertThat(chart.getSeriesCollection()).hasSize(59);
        assertThat(chart.getSeriesCollection().stream().filter(XYSeries::isShowInLegend))
                .extracting(XYSeries::getName)
                .containsExactly("g0", "g58");
    }

    @Test
    void render_twoGroups_drawsBoth() throws IOException {
        byte[] png = PlannedRatesChart.render("a plan", List.of(line("decay", 1), line("no_decay", 1)));
        BufferedImage picture = ImageIO.read(new ByteArrayInputStream(png));
        assertThat(picture.getWidth()).isEqualTo(1600);
        int blue = 0;
        int orange = 0;
        for (int x = 0; x < picture.getWidth(); x++) {
            for (int y = 0; y < picture.getHeight(); y++) {
                int colour = picture.getRGB(x, y) & 0xffffff;
                blue += colour == 0x0072b2 ? 1 : 0;
                orange += colour == 0xd55e00 ? 1 : 0;
            }
        }
        assertThat(blue).as("a line below an equal one is seen").isGreaterThan(1000);
        assertThat(orange).isGreaterThan(1000);
    }
}
