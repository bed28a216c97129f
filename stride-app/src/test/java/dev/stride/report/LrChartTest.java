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

    @TempDir
    Path temp;

    private static BufferedImage draw(ReportData data) throws IOException {
        return ImageIO.read(new ByteArrayInputStream(LrChart.render(data)));
    }

    private static int count(BufferedImage image, int colour) {
        int count = 0;
        for (int x = 0; x < image.getWidth(); x++) {
            for (int y = 0; y < image.getHeight(); y++) {
                count += (image.getRGB(x, y) & 0xffffff) == colour ? 1 : 0;
            }
        }
        return count;
    }

    @Test
    void threeRuns_haveTheSizeAndTheColoursOfThePage() throws IOException {
        BufferedImage image = draw(SyntheticRuns.threeRates());
        assertThat(image.getWidth()).isEqualTo(1600);
        assertThat(image.getHeight()).isEqualTo(900);
        for (int colour : new int[] {BLUE, VERMILION, GREEN}) {
            assertThat(count(image, colour)).isGreaterThan(2000);
        }
    }

    @Test
    void oneRun_hasOneColourForTheLossAndOneForTheRate() throws IOException {
        BufferedImage image = draw(SyntheticRuns.oneRun());
        assertThat(count(image, BLUE)).isGreaterThan(2000);
        assertThat(count(image, VERMILION)).isGreaterThan(1000);
        assertThat(count(image, GREEN)).isZero();
    }

    @Test
    void planAlone_isDots() throws IOException {
        ReportRun planned = SyntheticRuns.oneRun().runs().get(0);
        ReportRun plan = ReportPages.run("plan", planned.planned(), List.of(), null);
        assertThat(count(draw(ReportPages.report(plan)), VERMILION)).isBetween(300, 3000);
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
