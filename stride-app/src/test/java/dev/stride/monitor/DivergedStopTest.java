package dev.stride.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class DivergedStopTest {
    /** The first updates of the bundled checkpoint, dialogue, LoRA, at thirty times a good rate: losses, then norms. */
    private static final double[] HOT_LOSSES = {7.55, 6.00, 6.25, 9.25, 14.08, 9.28, 7.53, 7.18, 6.45};

    private static final double[] HOT_NORMS = {2.0, 1.8, 8.0, 20.2, 25.9, 16.4, 3.5, 6.9, 2.2};

    private static Verdict judge(DivergedStop guard, long step, double loss, double norm) {
        return guard.judge(new StepSeen(step, loss, norm, 0.0375, 16, 200));
    }

    @Test
    void judge_thirtyTimesTooHot_stopsAtTheThirdHighLossAndNamesTheRate() {
        DivergedStop guard = new DivergedStop();
        for (int i = 0; i < 5; i++) {
            assertThat(judge(guard, i + 1, HOT_LOSSES[i], HOT_NORMS[i])).isInstanceOf(Verdict.Proceed.class);
        }
        Verdict verdict = judge(guard, 6, HOT_LOSSES[5], HOT_NORMS[5]);
        assertThat(verdict).isInstanceOf(Verdict.Stop.class);
        assertThat(((Verdict.Stop) verdict).reason())
                .contains("9.25, 14.08 and 9.28")
                .contains("step 6")
                .contains("7.55")
                .contains("the rate of 0.0375 is the likely cause");
    }

    /** Full tuning of the bundled checkpoint at thirty times a good rate, 16 updates of warm-up: a slow departure. */
    @Test
    void judge_lossThatClimbsWithTheWarmup_stopsBeforeFifteenPercent() {
        double[] losses = {7.5, 7.5, 10.7, 8.3, 7.3, 7.9, 9.6, 10.2, 9.8, 11.0, 12.0, 11.9, 10.2, 10.2, 11.4, 10.7, 10.0
        };
        double[] norms = {13.6, 22.6, 10.7, 10.5, 5.9, 10.0, 6.5, 8.1, 8.2, 14.6, 10.8, 12.5, 7.4, 8.8, 7.3, 7.0, 5.2};
        DivergedStop guard = new DivergedStop();
        int stoppedAt = 0;
        for (int i = 0; i < losses.length && stoppedAt == 0; i++) {
            Verdict verdict = judge(guard, i + 1, losses[i], norms[i]);
            if (verdict instanceof Verdict.Stop stop) {
                stoppedAt = i + 1;
                assertThat(stop.reason()).contains("that the run began with").contains("0.0375 is the likely cause");
            }
        }
        assertThat(stoppedAt).isBetween(7, 17); // of 200
    }

    /** Full tuning on classification at a hundred times a good rate: the losses scatter as much as they rise. */
    @Test
    void judge_meanThatDoublesAmidScatter_stops() {
        double[] losses = {4.6, 3.6, 10.9, 6.7, 13.5, 9.5, 3.5};
        double[] norms = {24.6, 19.9, 26.5, 11.7, 29.6, 12.7, 14.6};
        DivergedStop guard = new DivergedStop();
        for (int i = 0; i < 6; i++) {
            assertThat(judge(guard, i + 1, losses[i], norms[i])).isInstanceOf(Verdict.Proceed.class);
        }
        assertThat(judge(guard, 7, losses[6], norms[6])).isInstanceOf(Verdict.Stop.class);
    }

    @Test
    void judge_twoHighLossesAndBack_goesOn() {
        DivergedStop guard = new DivergedStop();
        int judged = 0;
        for (int i = 1; i <= 60; i++) {
            double loss = i % 20 == 0 || i % 20 == 1 ? 9 : 3;
            assertThat(judge(guard, i, loss, loss)).isInstanceOf(Verdict.Proceed.class);
            judged++;
        }
        assertThat(judged).isEqualTo(60);
    }

    @Test
    void judge_lossThatDoublesLate_stops() {
        DivergedStop guard = new DivergedStop();
        for (int i = 1; i <= 100; i++) {
            assertThat(judge(guard, i, 4 - 0.02 * i, 1)).isInstanceOf(Verdict.Proceed.class);
        }
        judge(guard, 101, 4, 1);
        judge(guard, 102, 4, 1);
        assertThat(judge(guard, 103, 4, 1)).isInstanceOf(Verdict.Stop.class);
    }

    /** False alarms of healthy runs: 200 each of 1,000 updates whose loss halves, with noise of 3 to 15 % an update. */
    @Test
    void judge_healthyNoise_stopsAtMostOneRunInTwoHundred() {
        int stopped = 0;
        int runs = 0;
        for (double noise : new double[] {0.03, 0.08, 0.15}) {
            for (int seed = 0; seed < 200; seed++) {
                Random random = new Random(seed);
                DivergedStop guard = new DivergedStop();
                boolean fired = false;
                for (int i = 1; i <= 1000 && !fired; i++) {
                    double mean = 3 * (0.5 + 0.5 * Math.exp(-i / 150.0));
                    double loss = Math.max(0.01, mean * (1 + noise * random.nextGaussian()));
                    double norm = Math.exp(0.4 * random.nextGaussian());
                    fired = judge(guard, i, loss, norm) instanceof Verdict.Stop;
                }
                stopped += fired ? 1 : 0;
                runs++;
            }
        }
        assertThat(runs).isEqualTo(600);
        assertThat(stopped).isLessThanOrEqualTo(3);
    }
}
