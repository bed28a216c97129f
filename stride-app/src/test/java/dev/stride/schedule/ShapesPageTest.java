package dev.stride.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.SharedFolder;
import dev.stride.config.Numbers;
import dev.stride.config.PlateauConfig;
import dev.stride.config.PlateauConvention;
import dev.stride.config.RampShape;
import dev.stride.config.ScheduleForm;
import dev.stride.config.ScheduleName;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The tables of docs/learning-rate.md, section Shapes, hold what the schedules say. */
class ShapesPageTest {
    private static final double P = 3e-5;
    private static final long W = 60;
    private static final long T = 1000;
    private static final long[] STEPS = {1, 30, 60, 295, 530, 900, 1000};

    private static Map<String, LrSchedule> rows() {
        Map<String, LrSchedule> rows = new LinkedHashMap<>();
        rows.put("`constant`", new Constant(P, W, T));
        rows.put("`linear`", new Linear(P, 0, W, T));
        rows.put("`cosine`", new Cosine(P, 0, W, T));
        rows.put("`cosine-restarts`, 2 cycles", new CosineRestarts(P, 0, 2, W, T));
        rows.put("`polynomial`, power 2", new Polynomial(P, 0, 2, W, T));
        rows.put("`inverse-sqrt`", new InverseSqrt(P, 0, W, W, T));
        for (RampShape shape : RampShape.values()) {
            rows.put("`wsd`, " + shape.word(), new WarmupStableDecay(P, 0, shape, 200, W, T));
        }
        rows.put("`one-cycle`", new OneCycle(P, 0, Schedules.ONE_CYCLE_START, W, T));
        rows.put("`rex`", new Rex(P, 0, 0.1, W, T));
        PlateauConfig rule = new PlateauConfig(0.5, 1, 1e-4, PlateauConvention.TORCH);
        rows.put("`plateau`, before a cut", new ReducedOnPlateau(P, 0, rule, W, T));
        return rows;
    }

    @Test
    void page_everyNativeShape_hasItsRates() throws IOException {
        List<String> lines = new ArrayList<>();
        rows().forEach((name, schedule) -> {
            StringBuilder line = new StringBuilder("| " + name + " |");
            for (long step : STEPS) {
                line.append(' ').append(Numbers.text(schedule.at(step))).append(" |");
            }
            lines.add(line.toString());
        });
        assertThat(page()).contains(String.join("\n", lines));
        assertThat(rows().values().stream().map(Object::getClass).distinct())
                .as("every native record")
                .hasSize(10);
    }

    @Test
    void page_formsOfEachName_areThoseThatExist() throws IOException {
        List<String> lines = new ArrayList<>();
        for (ScheduleName name : ScheduleName.values()) {
            lines.add("| `" + name.word() + "` | "
                    + Stream.of(ScheduleForm.values())
                            .map(form -> form.has(name) ? "yes" : "")
                            .collect(Collectors.joining(" | "))
                    + " |");
        }
        String compact = page().lines()
                .map(line -> line.replaceAll("\\(([^)]*)\\)", "")
                        .replaceAll("  +", " ")
                        .strip())
                .collect(Collectors.joining("\n"));
        assertThat(compact).contains(String.join("\n", lines).replaceAll("  +", " "));
    }

    private static String page() throws IOException {
        return Files.readString(SharedFolder.projectRoot().resolve("docs/learning-rate.md"));
    }
}
