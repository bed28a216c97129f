package dev.stride.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.config.Numbers;
import dev.stride.monitor.Curves.Fired;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The two guards of the gradient norm: by records in the classic profile, by score in the evidence profile. */
class GradNormGuardsTest {
    private static StepSeen seen(long step, double loss, double norm, long total) {
        return new StepSeen(step, loss, norm, 9e-4, 10, total);
    }

    @Test
    void judge_threeRecordsOver10_stopsWithTheFiguresAndTheRate() {
        GradNormStop guard = new GradNormStop(50);
        List<Fired> fired = new ArrayList<>();
        double[] norms = {188.29, 88, 74.5};
        for (long step = 1; step <= 150; step++) {
            // between the records nothing is looked at
            double norm = step % 50 == 0 ? norms[(int) (step / 50) - 1] : 1;
            Verdict verdict = guard.judge(seen(step, 9, norm, 10_000));
            if (!(verdict instanceof Verdict.Proceed)) {
                fired.add(new Fired(step, verdict));
            }
        }
        assertThat(fired).hasSize(1);
        assertThat(fired.get(0).verdict()).isInstanceOf(Verdict.Stop.class);
        assertThat(fired.get(0).step()).isEqualTo(150);
        assertThat(fired.get(0).reason())
                .isEqualTo(
                        "the gradient norm before clipping was 188.29, 88 and 74.5 at steps 50, 100 and 150, over 10 in"
                                + " three consecutive records; the likely cause is a learning rate that is too high, now 9e-4");
    }

    @Test
    void judge_aRecordOf10Between_beginsAgain() {
        GradNormStop guard = new GradNormStop(1);
        double[] norms = {11, 11, 10, 11, 11, 10.001};
        for (int i = 0; i < 5; i++) {
            assertThat(guard.judge(seen(i + 1, 3, norms[i], 100))).isInstanceOf(Verdict.Proceed.class);
        }
        assertThat(guard.judge(seen(6, 3, norms[5], 100))).isInstanceOf(Verdict.Stop.class);
    }

    /**
     * A run 30 times too hot ends before 15 % of it, wherever in warm-up it breaks: by its losses whatever its length, by
     * three records where they fit into that.
     */
    @ParameterizedTest
    @ValueSource(longs = {100, 200, 400, 1000, 2000, 5000})
    void judge_runFarTooHot_stopsBefore15PercentOfIt(long total) {
        int runs = 0;
        for (int seed = 0; seed < 50; seed++) {
            for (double breaksAt : new double[] {0.3, 0.6, 1}) {
                List<StepSeen> run = Curves.tooHot(seed, total, breaksAt);
                List<Monitor> guards =
                        List.of(new DivergedStop(), new GradNormStop(GradNormStop.RECORD_EVERY), new GradNormZScore());
                for (Monitor guard : guards) {
                    if (guard instanceof GradNormZScore && total * 0.06 * breaksAt < 10
                            || guard instanceof GradNormStop && total < 2000) {
                        continue; // the score needs 10 steps to learn from, and the third record after the break is
                        // step 200
                    }
                    List<Fired> fired = Curves.fired(guard, run);
                    assertThat(fired)
                            .as("%s, seed %s, from %s", guard.name(), seed, breaksAt)
                            .isNotEmpty();
                    assertThat(fired.get(0).verdict()).isInstanceOf(Verdict.Stop.class);
                    assertThat(fired.get(0).step())
                            .as("%s, seed %s", guard.name(), seed)
                            .isLessThan(total * 15 / 100);
                    String rate =
                            Numbers.text(run.get((int) fired.get(0).step() - 1).lr());
                    assertThat(fired.get(0).reason())
                            .matches(".*(the likely cause is a learning rate that is too high, now " + rate
                                    + "|the rate of " + rate + " is the likely cause)");
                    runs++;
                }
            }
        }
        assertThat(runs).isGreaterThanOrEqualTo(150);
    }

    private static GradNormZScore learnt(int steps) {
        GradNormZScore guard = new GradNormZScore();
        Random random = new Random(3);
        for (int step = 1; step <= steps; step++) {
            Verdict verdict = guard.judge(
                    seen(step, 2 + 0.1 * random.nextGaussian(), Math.exp(0.2 * random.nextGaussian()), 1000));
            assertThat(verdict).isInstanceOf(Verdict.Proceed.class);
        }
        return guard;
    }

    @Test
    void judge_threeHighScoresWhileTheLossRises_stopsWithTheFiguresAndTheRate() {
        GradNormZScore guard = learnt(100);
        assertThat(guard.judge(seen(101, 3, 5, 1000))).isInstanceOf(Verdict.Proceed.class);
        assertThat(guard.judge(seen(102, 4, 6, 1000))).isInstanceOf(Verdict.Proceed.class);
        Verdict verdict = guard.judge(seen(103, 5, 7, 1000));
        assertThat(verdict).isInstanceOf(Verdict.Stop.class);
        assertThat(((Verdict.Stop) verdict).reason())
                .startsWith("the gradient norm before clipping was 5, 6 and 7 in the steps to 103, ")
                .contains(" standard deviations above its usual ")
                .containsPattern("while the loss rose from a smoothed (1\\.9|2|2\\.0)\\d* to 4;")
                .endsWith("the likely cause is a learning rate that is too high, now 9e-4");
    }

    @Test
    void judge_highScoresWhileTheLossFalls_doesNothing() {
        GradNormZScore guard = learnt(100);
        for (int step = 101; step < 130; step++) {
            assertThat(guard.judge(seen(step, 1.9, 8, 1000))).isInstanceOf(Verdict.Proceed.class);
        }
    }

    @Test
    void judge_normThatStaysHighWithAnEvenLoss_isTheNewMeasure() {
        GradNormZScore guard = learnt(100);
        for (int step = 101; step < 200; step++) {
            guard.judge(seen(step, 1.9, 8 * Math.exp(0.1 * Math.sin(step)), 1000));
        }
        // three times 8 and a high loss would stop a guard that had not learnt
        for (int step = 200; step < 203; step++) {
            assertThat(guard.judge(seen(step, 4, 9, 1000))).isInstanceOf(Verdict.Proceed.class);
        }
    }

    @Test
    void judge_highScoresDuringWarmup_waitForItsEnd() {
        GradNormZScore guard = new GradNormZScore();
        for (int step = 1; step <= 40; step++) {
            boolean broken = step > 15;
            StepSeen seen = new StepSeen(step, broken ? 8 : 2, broken ? 50 : 1, 1e-3, 30, 400);
            Verdict verdict = guard.judge(seen);
            assertThat(verdict instanceof Verdict.Stop).as("step %s", step).isEqualTo(step >= 33);
        }
    }

    @Test
    void judge_twoHighScoresAndAUsualOne_beginAgain() {
        GradNormZScore guard = learnt(100);
        for (int round = 0; round < 5; round++) {
            for (int i = 0; i < 3; i++) {
                assertThat(guard.judge(seen(101 + 3 * round + i, 5, i == 2 ? 1 : 8, 1000)))
                        .isInstanceOf(Verdict.Proceed.class);
            }
        }
    }
}
