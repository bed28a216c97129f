package dev.stride.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BasinTest {
    @Test
    void fit_pointsOfAParabola_findItsOptimum() {
        Random random = new Random(2);
        int fitted = 0;
        for (int round = 0; round < 200; round++) {
            double optimum = -6 + 4 * random.nextDouble();
            boolean higher = random.nextBoolean();
            List<Tried> tried = new ArrayList<>();
            for (int i = 0; i < 3 + round % 4; i++) {
                double decade = -6 + i * 0.8 + 0.3 * random.nextDouble();
                double cost = 1.4 + 0.5 * (decade - optimum) * (decade - optimum);
                tried.add(Tried.of(Math.pow(10, decade), higher ? -cost : cost));
            }
            Basin basin = Basin.fit(tried, higher).orElseThrow();
            assertThat(Math.log10(basin.lr())).isCloseTo(optimum, within(1e-6));
            assertThat(basin.value()).isCloseTo(higher ? -1.4 : 1.4, within(1e-6));
            assertThat(basin.curvature()).isCloseTo(1, within(1e-6));
            assertThat(basin.low()).isLessThanOrEqualTo(basin.lr() * 1.000001);
            assertThat(basin.high()).isGreaterThanOrEqualTo(basin.lr() * 0.999999);
            fitted++;
        }
        assertThat(fitted).isEqualTo(200);
    }

    /** The demo's own losses: the wall on the right must not pull the optimum out of the gap beside the best. */
    @Test
    void fit_wallOnTheRight_staysWithinHalfAGap() {
        List<Tried> demo = List.of(Tried.of(3e-3, 1.818), Tried.of(1e-2, 1.412), Tried.of(3e-2, 3.017));
        Basin basin = Basin.fit(demo, false).orElseThrow();
        assertThat(basin.lr()).isBetween(5.4e-3, 1e-2);
        assertThat(basin.inside()).isTrue();
        assertThat(basin.low()).isCloseTo(3e-3, within(1e-9));
        List<Tried> wall = List.of(
                Tried.of(1e-4, 2), Tried.of(3e-4, 1.6), Tried.of(1e-3, 1.5), Tried.of(3e-3, 9), Tried.of(1e-2, 1e6));
        Basin robust = Basin.fit(wall, false).orElseThrow();
        assertThat(robust.used()).doesNotContain(1e-2);
        assertThat(robust.lr()).isBetween(5e-4, 1e-3);
    }

    @Test
    void fit_failedTrials_areNoPoints() {
        List<Tried> tried = List.of(
                Tried.of(1e-5, 3), Tried.of(1e-4, 2), Tried.of(1e-3, 2.5), Tried.failed(1e-2), Tried.failed(1e-1));
        Basin basin = Basin.fit(tried, false).orElseThrow();
        assertThat(basin.used()).containsExactly(1e-5, 1e-4, 1e-3);
        assertThat(basin.inside()).isTrue();
    }

    @Test
    void fit_tooFewPointsOrTheWrongCurve_isEmpty() {
        assertThat(Basin.fit(List.of(), false)).isEmpty();
        assertThat(Basin.fit(List.of(Tried.of(1e-4, 1), Tried.of(1e-3, 2), Tried.failed(1e-2)), false))
                .isEmpty();
        assertThat(Basin.fit(List.of(Tried.of(1e-4, 3), Tried.of(1e-3, 2.5), Tried.of(1e-2, 1)), false))
                .isEmpty();
        assertThat(Basin.fit(List.of(Tried.of(1e-4, 1), Tried.of(1e-3, 1), Tried.of(1e-2, 1)), false))
                .isEmpty();
        assertThatThrownBy(() -> Basin.fit(List.of(Tried.of(1e-4, 1), Tried.of(1e-4, 2)), false))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** Of 400 fits with known errors about 95 % of the intervals hold the optimum. */
    @Test
    void fit_knownErrors_hasAnIntervalThatHoldsTheOptimum() {
        int held = 0;
        for (int round = 0; round < 400; round++) {
            Random random = new Random(round);
            List<Tried> tried = new ArrayList<>();
            for (double decade : new double[] {-1, 0, 1}) {
                double score = 1 + (decade - 0.1) * (decade - 0.1) + 0.05 * random.nextGaussian();
                tried.add(new Tried(Math.pow(10, decade), score, 0.05));
            }
            Basin basin = Basin.fit(tried, false).orElseThrow();
            held += basin.low() <= Math.pow(10, 0.1) && basin.high() >= Math.pow(10, 0.1) ? 1 : 0;
        }
        // 380 with a standard deviation of 4.4
        assertThat(held).isBetween(366, 394);
    }
}
