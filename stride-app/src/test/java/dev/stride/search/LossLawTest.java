package dev.stride.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.stride.config.RampShape;
import dev.stride.schedule.Linear;
import dev.stride.schedule.LrSchedule;
import dev.stride.schedule.WarmupStableDecay;
import org.junit.jupiter.api.Test;

class LossLawTest {
    private static final LrSchedule LINEAR = new Linear(1e-3, 0, 6, 72);

    /** A loss that obeys the law with the end (1 - gain)(floor + fall). */
    static double planted(LrSchedule schedule, long step, double floor, double fall, double exponent, double gain) {
        RateClock clock = new RateClock(schedule, schedule.steps(), new long[] {step});
        return floor + fall * Math.pow(clock.sum(0), -exponent) - gain * (floor + fall) * clock.annealed(0);
    }

    private static int mostLikely(LossLaw law) {
        int best = 0;
        for (int cell = 1; cell < LossLaw.SIZE; cell++) {
            best = law.logLikelihood(cell) > law.logLikelihood(best) ? cell : best;
        }
        return best;
    }

    @Test
    void plantedLaw_isFoundFromHalfOfTheRun() {
        int found = 0;
        for (double exponent : new double[] {0.3, 0.65, 1.2}) {
            for (double gain : new double[] {0, 0.08, 0.25}) {
                TrialCurve half =
                        Trials.planted("a", LINEAR, 6, 36, step -> planted(LINEAR, step, 0.4, 0.9, exponent, gain));
                LossLaw law = new LossLaw(half);
                assertThat(law.end(mostLikely(law))).isCloseTo((1 - gain) * 1.3, within(1e-6));
                assertThat(law.noise()).isCloseTo(0.01, within(1e-6));
                found++;
            }
        }
        assertThat(found).isEqualTo(9);
    }

    @Test
    void everyHypothesis_hasAnEndOfAtLeastZero_whateverTheLosses() {
        double[][] all = {{1, 2, 4, 8, 16}, {5, 5, 5, 5, 5}, {0, 0, 0}, {3, 1e-9, 3}, {9, 0}, {1e6, 1, 1e-6}, {2}};
        int ends = 0;
        for (double[] losses : all) {
            LossLaw law = new LossLaw(Trials.losses("a", 6, losses));
            for (int cell = 0; cell < LossLaw.SIZE; cell++) {
                assertThat(law.end(cell)).isFinite().isNotNegative();
                assertThat(law.logLikelihood(cell)).isFinite();
                ends++;
            }
            assertThat(law.noise()).isFinite().isPositive();
        }
        assertThat(ends).isEqualTo(all.length * LossLaw.SIZE);
    }

    @Test
    void constantLosses_areBestExplainedByNoFallAndNoGain() {
        LossLaw law = new LossLaw(Trials.losses("a", 6, 2, 2, 2, 2));
        assertThat(law.end(mostLikely(law))).isCloseTo(2, within(1e-9));
    }

    @Test
    void lossesThatAreNotFinite_andThatOfStepOne_areLeftOut() {
        TrialCurve clean = Trials.planted("a", LINEAR, 6, 36, step -> planted(LINEAR, step, 0.4, 0.9, 0.65, 0));
        TrialCurve holes = Trials.planted(
                "a", LINEAR, 3, 36, step -> step % 6 == 3 ? Double.NaN : planted(LINEAR, step, 0.4, 0.9, 0.65, 0));
        LossLaw law = new LossLaw(holes);
        assertThat(law.end(mostLikely(law))).isEqualTo(new LossLaw(clean).end(mostLikely(law)));
        assertThat(LossLaw.points(Trials.losses("a", 1, 5, 4, 3))).hasSize(2);
    }

    @Test
    void remaining_isTheShareOfTheRatesThatIsToCome() {
        LrSchedule wsd = new WarmupStableDecay(1e-2, 0, RampShape.LINEAR, 20, 0, 100);
        LossLaw law = new LossLaw(Trials.planted("a", wsd, 20, 80, step -> 1.0));
        // 80 steps at the peak; of the decay 19 steps at 10 % to 95 %, 9.5 in all, since the last is 0
        assertThat(law.remaining()).isCloseTo(9.5 / 89.5, within(1e-12));
    }

    @Test
    void rateThatNeverFalls_hasNoGainToCome() {
        LossLaw law = new LossLaw(Trials.losses("a", 6, 4, 3, 2.5));
        int last = LossLaw.SIZE - 1;
        assertThat(law.end(last)).as("the highest gain").isEqualTo(law.end(last - 1));
    }
}
