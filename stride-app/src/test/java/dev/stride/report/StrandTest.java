package dev.stride.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.stride.experiment.BranchEvent;
import dev.stride.experiment.RunEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StrandTest {
    private static List<Strand> strands(BranchEvent start) {
        List<RatePoint> planned = new ArrayList<>();
        for (int step = 1; step <= 97; step += 4) {
            planned.add(new RatePoint(step, (100 - step) * 1e-5));
        }
        return Strand.of(List.of(new ReportRun(
                "run", planned, List.<RunEvent>of(start), List.of(), List.of(), List.of(), Map.of(), null)));
    }

    @Test
    void planned_ofACooldown_fallsFromThePlansRateTo0() {
        List<RatePoint> planned = strands(new BranchEvent(47, "recovery-1-cooldown", "main", 0.5, "no gain", 10))
                .get(1)
                .planned();
        assertThat(planned).hasSize(10);
        for (int made = 1; made <= 10; made++) {
            RatePoint point = planned.get(made - 1);
            assertThat(point.step()).isEqualTo(47 + made);
            // step 47 lies between the plan's points 45 and 49
            assertThat(point.lr()).isCloseTo(0.5 * 53e-5 * (1 - Math.sqrt(made / 10.0)), within(1e-18));
        }
    }

    @Test
    void planned_ofALongCooldown_hasFewPoints() {
        List<RatePoint> planned = strands(new BranchEvent(45, "recovery-1-cooldown", "main", 1, "no gain", 100_000))
                .get(1)
                .planned();
        assertThat(planned).hasSizeBetween(100, 250);
    }

    @Test
    void planned_ofAHalving_isHalfThePlan() {
        List<RatePoint> planned = strands(new BranchEvent(45, "recovery-1", "main", 0.5, "no gain"))
                .get(1)
                .planned();
        assertThat(planned).hasSize(13);
        assertThat(planned.get(0)).isEqualTo(new RatePoint(49, 0.5 * (100 - 49) * 1e-5));
    }
}
