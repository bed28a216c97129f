package dev.stride.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

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
        assertThatThrownBy(() -> new TorchSchedule.Cosine(3e-5, 0, 0, 2, 10)).hasMessageContaining("warmupStart 0.0");
    }

    private static void rates(LrSchedule schedule, long a, double atA, long b, double atB, long c, double atC) {
        assertThat(schedule.at(a)).isCloseTo(atA, within(atA * 1e-9));
        assertThat(schedule.at(b)).isCloseTo(atB, within(atB * 1e-9));
        assertThat(schedule.at(c)).isCloseTo(atC, within(atC * 1e-9));
    }
}
