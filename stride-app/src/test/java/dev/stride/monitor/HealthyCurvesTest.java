package dev.stride.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/**
 * Guards leave healthy runs alone. Over 1,000 made-up runs of 60 to 2,000 steps the rates of false alarms are those that
 * docs/decisions.md states; the test allows no more.
 */
class HealthyCurvesTest {
    private static final int RUNS = 1000;

    private static final Map<Supplier<Monitor>, Integer> ALLOWED = new LinkedHashMap<>();

    static {
        // two of these norms drift over 10, which the classic rule takes for a fault whatever the run's usual norm is
        ALLOWED.put(() -> new GradNormStop(GradNormStop.RECORD_EVERY), 2);
        ALLOWED.put(GradNormZScore::new, 0);
        // runs whose loss scatters by a fifth from update to update and hardly falls
        ALLOWED.put(DivergedStop::new, 6);
        ALLOWED.put(LossZero::new, 0);
        ALLOWED.put(LossJump::new, 3);
        ALLOWED.put(LossRising::new, 0);
    }

    @Test
    void judge_healthyRuns_fireNoMoreThanStated() {
        long steps = 0;
        Map<String, Integer> wrong = new LinkedHashMap<>();
        Map<String, Integer> allowed = new LinkedHashMap<>();
        for (int seed = 0; seed < RUNS; seed++) {
            List<StepSeen> run = Curves.healthy(seed);
            steps += run.size();
            for (Map.Entry<Supplier<Monitor>, Integer> entry : ALLOWED.entrySet()) {
                Monitor monitor = entry.getKey().get();
                allowed.put(monitor.name(), entry.getValue());
                wrong.merge(monitor.name(), Curves.fired(monitor, run).isEmpty() ? 0 : 1, Integer::sum);
            }
        }
        assertThat(steps).isGreaterThan(300_000);
        assertThat(wrong).isEqualTo(allowed);
    }
}
