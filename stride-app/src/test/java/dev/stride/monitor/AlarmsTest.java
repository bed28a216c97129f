package dev.stride.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.monitor.Curves.Fired;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

class AlarmsTest {
    private static List<StepSeen> losses(int total, IntToDoubleFunction loss) {
        List<StepSeen> steps = new ArrayList<>();
        for (int step = 1; step <= total; step++) {
            steps.add(new StepSeen(step, loss.applyAsDouble(step), 1.5, 2e-5, total / 10, total));
        }
        return steps;
    }

    private static double noise(Random random, double size) {
        return Math.exp(size * random.nextGaussian());
    }

    @Test
    void lossZero_twoEpisodes_alarmsOnceEach() {
        List<Fired> fired = Curves.fired(new LossZero(), losses(20, i -> i >= 5 && i < 9 || i == 15 ? 0 : 1e-12));
        assertThat(fired).extracting(Fired::step).containsExactly(5L, 15L);
        assertThat(fired.get(0).verdict()).isInstanceOf(Verdict.Alarm.class);
        assertThat(fired.get(0).reason())
                .startsWith("the loss is exactly 0 at step 5 with a gradient norm of 1.5 at a rate of 2e-5;");
    }

    @Test
    void lossJump_oneOddBatch_alarmsWhenTheLossIsBack() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            int at = 30 + random.nextInt(150);
            List<Fired> fired = Curves.fired(new LossJump(), losses(200, i -> (i == at ? 9 : 2) * noise(random, 0.1)));
            assertThat(fired).as("seed %s", seed).hasSize(1);
            assertThat(fired.get(0).step()).isEqualTo(at + 1);
            assertThat(fired.get(0).verdict()).isInstanceOf(Verdict.Alarm.class);
            assertThat(fired.get(0).reason())
                    .startsWith("the loss jumped to ")
                    .contains(" at step " + at + ", ")
                    .contains(" and was back at ")
                    .endsWith("the rate was 2e-5");
        }
    }

    @Test
    void lossJump_lossThatStaysUp_isNoJump() {
        Random random = new Random(1);
        assertThat(Curves.fired(new LossJump(), losses(300, i -> (i > 100 ? 9 : 2) * noise(random, 0.1))))
                .isEmpty();
    }

    @Test
    void lossRising_steadyRise_alarmsOnceWithTheFigures() {
        int soon = 0;
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            List<Fired> fired = Curves.fired(
                    new LossRising(), losses(1000, i -> (2 + 0.01 * Math.max(0, i - 500)) * noise(random, 0.1)));
            assertThat(fired).as("seed %s", seed).hasSize(1);
            assertThat(fired.get(0).step()).isGreaterThan(500);
            assertThat(fired.get(0).reason())
                    .startsWith("the loss rises: its median went from ")
                    .contains("within the 100 steps to " + fired.get(0).step())
                    .endsWith("the likely cause is a learning rate that is too high, now 2e-5");
            soon += fired.get(0).step() < 650 ? 1 : 0;
        }
        assertThat(soon).as("runs whose rise was seen within 150 steps").isGreaterThan(150);
    }

    @Test
    void lossRising_riseWithinWarmup_isNotItsMatter() {
        assertThat(Curves.fired(new LossRising(), losses(300, i -> i <= 30 ? i : 30)))
                .isEmpty();
    }

    @Test
    void lossRising_twoRisesWithALevelBetween_alarmsTwice() {
        Random random = new Random(2);
        List<Fired> fired = Curves.fired(
                new LossRising(), losses(1000, i -> (i < 300 ? 1 : i < 700 ? 2 : 4) * noise(random, 0.05)));
        assertThat(fired).hasSize(2);
        assertThat(fired.get(1).step()).isGreaterThan(700);
    }

    @Test
    void window_lengthOfARun_isATenthWithin30And400AndEven() {
        assertThat(new long[] {60, 300, 555, 1000, 4000, 100_000})
                .satisfies(totals -> assertThat(Arrays.stream(totals)
                                .mapToInt(LossRising::window)
                                .toArray())
                        .containsExactly(30, 30, 54, 100, 400, 400));
    }

    @Test
    void stillWeights_sharesOf16BitWeights_alarmOnceAndFloat32DoesNot() {
        StillWeights guard = new StillWeights();
        guard.judge(new StepSeen(1, 2, 1, 1e-5, 0, 100));
        assertThat(guard.moved(1, 0.038)).isInstanceOf(Verdict.Proceed.class);
        Verdict second = guard.moved(2, 0.041);
        assertThat(second).isInstanceOf(Verdict.Alarm.class);
        assertThat(((Verdict.Alarm) second).reason())
                .startsWith("only 4.1 % of the weights changed in step 2, under 10 % in 2 measurements in a row;")
                .contains("at a rate of 1e-5 ");
        assertThat(guard.moved(3, 0.04)).isInstanceOf(Verdict.Proceed.class);
        assertThat(guard.moved(4, Double.NaN)).isInstanceOf(Verdict.Proceed.class);
        assertThat(guard.moved(5, 0.997)).isInstanceOf(Verdict.Proceed.class);
        assertThat(guard.moved(6, 0)).isInstanceOf(Verdict.Proceed.class);
        assertThat(guard.moved(7, 0)).as("a new episode").isInstanceOf(Verdict.Alarm.class);
    }
}
