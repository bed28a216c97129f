package dev.stride.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.stride.config.PlateauConfig;
import dev.stride.config.PlateauConvention;
import dev.stride.config.RampShape;
import org.junit.jupiter.api.Test;

/** The three values that the doc of each native schedule prints, and what their constructors refuse. */
class NativeSchedulesTest {
    @Test
    void constant_printedValues_areItsRates() {
        rates(new Constant(3e-5, 60, 1000), 1, 5e-7, 60, 3e-5, 1000, 3e-5);
    }

    @Test
    void linear_printedValues_areItsRates() {
        rates(new Linear(3e-5, 0, 60, 1000), 1, 5e-7, 530, 1.5e-5, 1000, 0);
    }

    @Test
    void cosine_printedValues_areItsRates() {
        rates(new Cosine(3e-5, 0, 60, 1000), 1, 5e-7, 530, 1.5e-5, 1000, 0);
    }

    @Test
    void cosine_overrunStepsOfTransformers_areClamped() {
        rates(new Cosine(3e-5, 3e-6, 60, 1000), 1235, 3e-6, 1470, 3e-6, 1940, 3e-6);
    }

    @Test
    void polynomial_printedValues_areItsRates() {
        rates(new Polynomial(3e-5, 1e-7, 2, 60, 1000), 1, 5e-7, 530, 7.575e-6, 1000, 1e-7);
    }

    @Test
    void inverseSqrt_printedValues_areItsRates() {
        rates(new InverseSqrt(3e-5, 0, 60, 60, 1000), 60, 3e-5, 240, 1.5e-5, 1000, 7.3484692283e-6);
    }

    @Test
    void inverseSqrt_minimum_isNotPassed() {
        rates(new InverseSqrt(3e-5, 1e-5, 60, 60, 1000), 240, 1.5e-5, 540, 1e-5, 1000, 1e-5);
    }

    @Test
    void warmupStableDecay_printedValues_areItsRates() {
        rates(
                new WarmupStableDecay(3e-5, 0, RampShape.ONE_MINUS_SQRT, 200, 60, 1000),
                800,
                3e-5,
                900,
                8.7867965644e-6,
                1000,
                0);
    }

    @Test
    void cosineRestarts_printedValues_areItsRates() {
        rates(new CosineRestarts(3e-5, 0, 2, 60, 1000), 295, 1.5e-5, 530, 3e-5, 1000, 0);
    }

    @Test
    void cosineRestarts_updateBeforeARestart_isJustAboveTheFloor() {
        CosineRestarts schedule = new CosineRestarts(3e-5, 1e-6, 2, 60, 1000);
        assertThat(schedule.at(529)).isGreaterThan(1e-6).isCloseTo(1e-6, within(1e-9));
        assertThat(schedule.at(530)).isEqualTo(3e-5);
    }

    @Test
    void cosineRestarts_oneCycle_isTheCosine() {
        Cosine cosine = new Cosine(3e-5, 1e-6, 7, 100);
        CosineRestarts restarts = new CosineRestarts(3e-5, 1e-6, 1, 7, 100);
        for (long step = 1; step <= 110; step++) {
            assertThat(restarts.at(step)).isEqualTo(cosine.at(step));
        }
    }

    @Test
    void oneCycle_printedValues_areItsRates() {
        rates(new OneCycle(3e-5, 3e-10, 0.04, 250, 1000), 125, 1.56e-5, 625, 1.500015e-5, 1000, 3e-10);
    }

    @Test
    void rex_printedValues_areItsRates() {
        rates(new Rex(3e-5, 0, 0.1, 60, 1000), 61, 2.9996805452e-5, 530, 2.7272727273e-5, 1000, 0);
    }

    /** The paper's own curve, (1 - q)/(1/2 + (1 - q)/2), and the straight line at the other end. */
    @Test
    void rex_alphaOfAHalfAndOfOne_areThePapersCurveAndALine() {
        rates(new Rex(3e-5, 0, 0.5, 60, 1000), 60, 3e-5, 530, 2e-5, 765, 1.2e-5);
        Linear line = new Linear(3e-5, 1e-6, 60, 1000);
        Rex flat = new Rex(3e-5, 1e-6, 1, 60, 1000);
        for (long step = 1; step <= 1000; step++) {
            assertThat(flat.at(step)).isCloseTo(line.at(step), within(3e-19));
        }
    }

    @Test
    void reducedOnPlateau_printedValues_areItsRates() {
        PlateauConfig rule = new PlateauConfig(0.5, 1, 1e-4, PlateauConvention.TORCH);
        ReducedOnPlateau schedule = new ReducedOnPlateau(3e-5, 1e-7, rule, 60, 1000);
        rates(schedule, 1, 5e-7, 60, 3e-5, 1000, 3e-5);
        assertThat(schedule.shape())
                .isEqualTo("constant, x 0.5 after 2 evaluations in a row without a gain, not below 1e-7");
    }

    @Test
    void cooldown_printedValues_areItsRates() {
        rates(new Cooldown(new Constant(3e-5, 10, 200), 100, 200), 100, 3e-5, 125, 1.5e-5, 200, 0);
    }

    @Test
    void sloped_printedValues_areItsRates() {
        Sloped schedule = new Sloped(new Linear(3e-5, 0, 8, 1000), 4e-6);
        rates(schedule, 1, 4e-6, 7, 2.8e-5, 8, 3e-5);
        rates(schedule, 8, 3e-5, 504, 1.5e-5, 1000, 0);
    }

    /** What lets trials share the beginning of their warm-ups. */
    @Test
    void sloped_twoPeaks_haveTheSameRatesBeforeTheLowerOneIsReached() {
        double slope = 1e-2 / 12;
        Sloped high = new Sloped(new Cosine(1e-2, 0, Sloped.updates(1e-2, slope), 100), slope);
        Sloped low = new Sloped(new Linear(3e-3, 0, Sloped.updates(3e-3, slope), 60), slope);
        assertThat(high.warmup()).isEqualTo(12);
        assertThat(low.warmup()).isEqualTo(4);
        for (long k = 1; k < 4; k++) {
            assertThat(low.at(k)).isEqualTo(high.at(k));
        }
        assertThat(low.at(4)).isEqualTo(3e-3).isLessThan(high.at(4));
    }

    @Test
    void sloped_warmupOfAnotherLength_isRefused() {
        assertThatThrownBy(() -> new Sloped(new Linear(3e-5, 0, 9, 1000), 4e-6)).hasMessageContaining("in 9 updates");
        assertThatThrownBy(() -> new Sloped(new HfSchedule.Linear(3e-5, 8, 1000), 4e-6))
                .hasMessageContaining("a slope before");
    }

    @Test
    void constructors_numbersThatDoNotFit_areRefused() {
        assertThatThrownBy(() -> new Linear(3e-5, 4e-5, 6, 10)).hasMessageContaining("floor 4.0E-5");
        assertThatThrownBy(() -> new Cosine(Double.NaN, 0, 6, 10)).hasMessageContaining("peak NaN");
        assertThatThrownBy(() -> new Cosine(0, 0, 6, 10)).hasMessageContaining("peak 0.0");
        assertThatThrownBy(() -> new Cosine(3e-5, 0, 10, 10)).hasMessageContaining("leaves none to decay in");
        assertThatThrownBy(() -> new Constant(3e-5, 11, 10)).hasMessageContaining("warm-up of 11");
        assertThatThrownBy(() -> new Polynomial(3e-5, 0, 0, 1, 10)).hasMessageContaining("power 0.0");
        assertThatThrownBy(() -> new InverseSqrt(3e-5, 0, 0, 1, 10)).hasMessageContaining("timescale 0");
        assertThatThrownBy(() -> new WarmupStableDecay(3e-5, 0, RampShape.LINEAR, 5, 6, 10))
                .hasMessageContaining("do not fit into 10");
        assertThatThrownBy(() -> new HfSchedule.Polynomial(1e-7, 1e-7, 1, 1, 10))
                .hasMessageContaining("not below the peak");
        assertThatThrownBy(() -> new CosineRestarts(3e-5, 0, 9, 2, 10)).hasMessageContaining("9 cycles do not fit");
        assertThatThrownBy(() -> new Rex(3e-5, 0, 0, 2, 10)).hasMessageContaining("alpha 0.0");
        assertThatThrownBy(() -> new OneCycle(3e-5, 0, 1.1, 2, 10)).hasMessageContaining("warmupStart 1.1");
        assertThatThrownBy(() -> new TorchSchedule.OneCycle(3e-5, 0, 0.04, 1, 10))
                .hasMessageContaining("divides by zero");
        assertThatThrownBy(() -> new TorchSchedule.CosineRestarts(3e-5, 0, 0, 1, 1, 2, 10))
                .hasMessageContaining("first cycle of 0");
        assertThatThrownBy(() -> new TorchSchedule.Cosine(3e-5, 0, 0, 2, 10)).hasMessageContaining("warmupStart 0.0");
    }

    private static void rates(LrSchedule schedule, long a, double atA, long b, double atB, long c, double atC) {
        assertThat(schedule.at(a)).isCloseTo(atA, within(atA * 1e-9));
        assertThat(schedule.at(b)).isCloseTo(atB, within(atB * 1e-9));
        assertThat(schedule.at(c)).isCloseTo(atC, within(atC * 1e-9));
    }
}
