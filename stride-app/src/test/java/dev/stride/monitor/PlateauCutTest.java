package dev.stride.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.stride.config.PlateauConvention;
import dev.stride.config.StopMetric;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The traces are those of PyTorch's ReduceLROnPlateau (mode max, factor 0.5) and Keras's callback. */
class PlateauCutTest {
    private static final double[] BLEU = {10, 12, 12, 11.9, 11.8, 12.5, 12.4, 12.3, 12.2};

    private static EvaluationSeen seen(long step, double bleu) {
        return new EvaluationSeen(step, Map.of("bleu-4", bleu), List.of(), false);
    }

    private static double[] rates(PlateauCut cut, double peak, double... values) {
        double[] rates = new double[values.length];
        double rate = peak;
        for (int i = 0; i < values.length; i++) {
            if (cut.evaluated(seen(i, values[i])) instanceof Verdict.ReduceLr reduce) {
                rate *= reduce.factor();
            }
            assertThat(rate).isCloseTo(peak * cut.factor(), within(1e-12 * peak));
            rates[i] = rate;
        }
        return rates;
    }

    private static void assertRates(PlateauCut.Settings settings, double... expected) {
        double[] rates = rates(new PlateauCut(settings, 3e-5), 3e-5, BLEU);
        assertThat(rates).hasSize(expected.length);
        for (int i = 0; i < rates.length; i++) {
            assertThat(rates[i])
                    .as("evaluation %s", i)
                    .isCloseTo(expected[i] * 1e-5, within(1e-9 * expected[i] * 1e-5));
        }
    }

    @Test
    void evaluated_patienceOfPyTorch_isTheTrace() {
        assertRates(PlateauCut.Settings.torch(StopMetric.BLEU_4, 1, 0.5, 0), 3, 3, 3, 1.5, 1.5, 1.5, 1.5, .75, .75);
        assertRates(PlateauCut.Settings.torch(StopMetric.BLEU_4, 2, 0.5, 0), 3, 3, 3, 3, 1.5, 1.5, 1.5, 1.5, .75);
    }

    @Test
    void evaluated_patience2OfKeras_isPatience1OfPyTorch() {
        assertRates(PlateauCut.Settings.keras(StopMetric.BLEU_4, 2, 0.5, 0), 3, 3, 3, 1.5, 1.5, 1.5, 1.5, .75, .75);
    }

    @Test
    void evaluated_cutsBelowEps_areNotMade() {
        double[] standing = new double[300];
        double[] halved =
                rates(new PlateauCut(PlateauCut.Settings.torch(StopMetric.BLEU_4, 0, 0.5, 0), 2e-7), 2e-7, standing);
        assertThat(halved[299]).isCloseTo(1.25e-8, within(1e-17));
        assertThat(changes(halved)).isEqualTo(4);
        double[] tenths =
                rates(new PlateauCut(PlateauCut.Settings.torch(StopMetric.BLEU_4, 0, 0.9, 0), 3e-5), 3e-5, standing);
        assertThat(tenths[299])
                .isCloseTo(3e-5 * Math.pow(0.9, 55), within(1e-17))
                .isCloseTo(9.13e-8, within(5e-11));
        assertThat(changes(tenths)).isEqualTo(55);
    }

    private static int changes(double[] rates) {
        int changes = 0;
        for (int i = 1; i < rates.length; i++) {
            changes += rates[i] != rates[i - 1] ? 1 : 0;
        }
        return changes;
    }

    @Test
    void evaluated_floor_isNeverPassed() {
        double[] rates = rates(
                new PlateauCut(PlateauCut.Settings.torch(StopMetric.BLEU_4, 0, 0.5, 1e-5), 3e-5), 3e-5, new double[9]);
        assertThat(rates[8]).isCloseTo(1e-5, within(1e-14));
        assertThat(changes(rates)).isEqualTo(2);
    }

    @Test
    void evaluated_improvementUnderTheThreshold_isNone() {
        PlateauCut cut = new PlateauCut(PlateauCut.Settings.torch(StopMetric.BLEU_4, 0, 0.5, 0), 3e-5);
        cut.evaluated(seen(1, 10));
        assertThat(cut.evaluated(seen(2, 10.0009))).isInstanceOf(Verdict.ReduceLr.class);
        assertThat(cut.evaluated(seen(3, 10.0011))).isInstanceOf(Verdict.Proceed.class);
    }

    @Test
    void evaluated_cut_saysTheFiguresAndTheRates() {
        PlateauCut cut = new PlateauCut(PlateauCut.Settings.torch(StopMetric.BLEU_4, 0, 0.5, 0), 3e-5);
        cut.evaluated(seen(100, 12));
        assertThat(cut.evaluated(seen(200, 11.9)))
                .isEqualTo(new Verdict.ReduceLr(
                        0.5,
                        "bleu-4 was not better than its best 12 in 1 evaluation (11.9 at step 200), so the peak rate goes"
                                + " from 3e-5 to 1.5e-5"));
    }

    @Test
    void evaluated_duringWarmup_isNotLookedAt() {
        PlateauCut cut = new PlateauCut(PlateauCut.Settings.torch(StopMetric.BLEU_4, 0, 0.5, 0), 3e-5);
        for (int step = 1; step <= 5; step++) {
            assertThat(cut.evaluated(new EvaluationSeen(step, Map.of("bleu-4", 50.0 - step), List.of(), true)))
                    .isInstanceOf(Verdict.Proceed.class);
        }
        assertThat(cut.evaluated(seen(6, 10)))
                .as("the first that counts is the best")
                .isInstanceOf(Verdict.Proceed.class);
        assertThat(cut.factor()).isEqualTo(1);
    }

    @Test
    void factor_warmupTimesFactor_risesAndThenFallsInSteps() {
        PlateauCut cut = new PlateauCut(PlateauCut.Settings.torch(StopMetric.BLEU_4, 1, 0.5, 0), 3e-5);
        double before = 0;
        for (int step = 1; step <= 60; step++) {
            double rate = 3e-5 * Math.min(1, step / 20.0) * cut.factor();
            if (step <= 20) {
                assertThat(rate).isGreaterThan(before);
            }
            before = rate;
            if (step % 10 == 0) {
                cut.evaluated(new EvaluationSeen(step, Map.of("bleu-4", 5.0), List.of(), step < 20));
            }
        }
        // after 20 the best, after 30 one bad, after 40 the cut, after 50 one bad
        assertThat(before).isCloseTo(1.5e-5, within(1e-17));
    }

    @Test
    void evaluated_cooldown_isNotCounted() {
        PlateauCut.Settings settings =
                new PlateauCut.Settings(StopMetric.BLEU_4, PlateauConvention.TORCH, 0, 0.5, 1e-4, 2, 0, 1e-8);
        double[] rates = rates(new PlateauCut(settings, 3e-5), 3e-5, 9, 9, 9, 9, 9, 9);
        assertThat(rates).containsExactly(3e-5, 1.5e-5, 1.5e-5, 1.5e-5, 7.5e-6, 7.5e-6);
    }

    @Test
    void settings_thatMakeNoSense_areRefused() {
        assertThatThrownBy(() -> PlateauCut.Settings.torch(StopMetric.LOSS, -1, 0.5, 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> PlateauCut.Settings.torch(StopMetric.LOSS, 1, 1, 0))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
