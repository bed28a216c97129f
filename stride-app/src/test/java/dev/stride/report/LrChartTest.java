package dev.stride.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.experiment.StepEvent;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LrChartTest {
    private static final int BLUE = 0x0072b2;
    private static final int VERMILION = 0xd55e00;
    private static final int GREEN = 0x009e73;
    private static final int DARK = 0x4d4d4d;

    /** A quarter of vermilion on white. */
    private static final int PALE_VERMILION = 0xf4d6bf;

    @TempDir
    Path temp;

    private static BufferedImage draw(ReportData data) throws IOException {
        return ImageIO.read(new ByteArrayInputStream(LrChart.render(data)));
    }

    private static int count(BufferedImage image, int colour) {
        int count = 0;
        for (int x = 0; x < image.getWidth(); x++) {
            for (int y = 0; y < image.getHeight(); y++) {
                count += near(image.getRGB(x, y), colour) ? 1 : 0;
            }
        }
        return count;
    }

    /** Blending rounds. */
    private static boolean near(int colour, int wanted) {
        int most = 0;
        for (int shift = 0; shift <= 16; shift += 8) {
            most = Math.max(most, Math.abs((colour >> shift & 0xff) - (wanted >> shift & 0xff)));
        }
        return most <= 1;
    }

    @Test
    void threeRuns_haveTheSizeAndTheColoursOfThePage() throws IOException {
        BufferedImage image = draw(SyntheticRuns.threeRates());
        assertThat(image.getWidth()).isEqualTo(1600);
        assertThat(image.getHeight()).isEqualTo(LrChart.HEIGHT);
        for (int colour : new int[] {BLUE, VERMILION, GREEN}) {
            assertThat(count(image, colour)).isGreaterThan(2000);
        }
    }

    @Test
    void oneRun_hasColoursForTheLossTheRateAndTheClipRate() throws IOException {
        BufferedImage image = draw(SyntheticRuns.oneRun());
        assertThat(count(image, BLUE)).isGreaterThan(2000);
        assertThat(count(image, VERMILION)).isGreaterThan(1000);
        assertThat(count(image, DARK)).as("the clip rate").isGreaterThan(1000);
    }

    @Test
    void planAlone_isAPaleBand() throws IOException {
        ReportRun planned = SyntheticRuns.oneRun().runs().get(0);
        ReportRun plan = ReportPages.run("plan", planned.planned(), List.of(), null);
        assertThat(count(draw(ReportPages.report(plan)), PALE_VERMILION)).isGreaterThan(5000);
    }

    @Test
    void emptyAndStrangeRuns_areDrawn() throws IOException {
        List<ReportRun> runs = List.of(
                ReportPages.run("same", List.of()),
                ReportPages.run("same", List.of(new StepEvent(1, Double.NaN, Map.of("a", 0.0), 1, 1, 1, 1, 1))),
                ReportPages.run(
                        "same".repeat(200), List.of(new StepEvent(1, 3, Map.of("a", 1.0, "b", 2.0), 1, 1, 1, 1, 1))));
        int drawn = 0;
        for (ReportRun run : runs) {
            assertThat(draw(ReportPages.report(run)).getWidth()).isEqualTo(1600);
            drawn++;
        }
        assertThat(draw(ReportPages.report(runs.toArray(ReportRun[]::new))).getWidth())
                .isEqualTo(1600);
        assertThat(drawn).isEqualTo(3);
    }

    @Test
    void write_leavesAPng() throws IOException {
        Path file = temp.resolve("report.png");
        LrChart.write(file, SyntheticRuns.oneRun());
        assertThat(Files.readAllBytes(file)).startsWith(0x89, 'P', 'N', 'G').hasSizeGreaterThan(20_000);
    }
}
