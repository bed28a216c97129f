package dev.stride.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.stride.config.RampShape;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The values of transformers' schedules (optimization.py), recorded to eleven digits: 1e-9 relative.
 * The rate of update s + 1 is the table's row s.
 */
class HfConformanceTest {
    private static final double P = 3e-5;
    private static final long T = 1000;
    private static final long W = 60;

    private static final long[] ROWS = {0, 1, 59, 60, 61, 100, 530, 900, 999, 1000, 1001};

    private record Column(LrSchedule schedule, double... rates) {}

    private static final List<Column> COLUMNS = List.of(
            new Column(
                    new HfSchedule.Linear(P, W, T),
                    0,
                    5.0e-7,
                    2.95e-5,
                    3.0e-5,
                    2.9968085106e-5,
                    2.8723404255e-5,
                    1.5e-5,
                    3.1914893617e-6,
                    3.1914893617e-8,
                    0,
                    0),
            new Column(
                    new HfSchedule.Cosine(P, 0, W, T),
                    0,
                    5.0e-7,
                    2.95e-5,
                    3.0e-5,
                    2.9999916227e-5,
                    2.9866162322e-5,
                    1.5e-5,
                    8.2996362588e-7,
                    8.3773159922e-11,
                    0,
                    8.3773159922e-11),
            new Column(
                    new HfSchedule.CosineRestarts(P, 2, W, T),
                    0,
                    5.0e-7,
                    2.95e-5,
                    3.0e-5,
                    2.9999664908e-5,
                    2.9467037626e-5,
                    3.0e-5,
                    3.2280092208e-6,
                    3.3509170396e-10,
                    0,
                    0),
            new Column(
                    new HfSchedule.Polynomial(P, 1e-7, 2, W, T),
                    0,
                    5.0e-7,
                    2.95e-5,
                    3.0e-5,
                    2.9936416818e-5,
                    2.7509461295e-5,
                    7.575e-6,
                    4.3838841105e-7,
                    1.0003383884e-7,
                    1.0e-7,
                    1.0e-7),
            new Column(
                    new HfSchedule.InverseSqrt(P, W, T),
                    0,
                    5.0e-7,
                    2.95e-5,
                    3.0e-5,
                    2.9753082221e-5,
                    2.3237900077e-5,
                    1.0093898774e-5,
                    7.7459666924e-6,
                    7.3521462209e-6,
                    7.3484692283e-6,
                    7.3447977471e-6),
            new Column(
                    new HfSchedule.Cosine(P, 3e-6, W, T),
                    0,
                    5.0e-7,
                    2.95e-5,
                    3.0e-5,
                    2.9999924604e-5,
                    2.9879546090e-5,
                    1.65e-5,
                    3.7469672633e-6,
                    3.0000753958e-6,
                    3.0e-6,
                    3.0000753958e-6),
            new Column(
                    new HfSchedule.CosineWarmupMin(P, 3e-6, null, W, T),
                    5.0e-7,
                    1.0e-6,
                    3.0e-5,
                    2.9999924604e-5,
                    2.9999698417e-5,
                    2.9873457655e-5,
                    1.6454881466e-5,
                    3.7322384867e-6,
                    3.0e-6,
                    3.0000753958e-6,
                    3.0003015825e-6));

    @Test
    void at_everyRowOfTable4a_isTheTablesRate() {
        int compared = 0;
        for (Column column : COLUMNS) {
            for (int i = 0; i < ROWS.length; i++) {
                isRate(column.schedule(), ROWS[i], column.rates()[i]);
                compared++;
            }
        }
        assertThat(compared).isEqualTo(7 * 11);
    }

    @Test
    void at_afterTheEnd_risesOrHoldsAsInTransformers() {
        LrSchedule cosine = new HfSchedule.Cosine(P, 0, W, T);
        isRate(cosine, 1235, 4.3933982818e-6);
        isRate(cosine, 1470, 1.5e-5);
        isRate(cosine, 1940, 3.0e-5);
    }

    @Test
    void at_polynomialOfPowerOne_isTheTablesRate() {
        LrSchedule polynomial = new HfSchedule.Polynomial(P, 1e-7, 1, W, T);
        isRate(polynomial, 100, 2.8727659574e-5);
        isRate(polynomial, 900, 3.2808510638e-6);
    }

    @Test
    void at_warmupFromATenthOfThePeak_isTheTablesRate() {
        LrSchedule schedule = new HfSchedule.CosineWarmupMin(P, 3e-6, 0.1, W, T);
        isRate(schedule, 0, 3.0e-6);
        isRate(schedule, 1, 3.4576271186e-6);
        isRate(schedule, 30, 1.6728813559e-5);
    }

    @Test
    void at_decayOfWsd_isTheTablesRate() {
        long[] rows = {800, 900, 999, 1000};
        double[][] rates = {
            {3e-5, 1.5e-5, 1.8505127751e-9, 0},
            {3e-5, 1.5e-5, 1.5e-7, 0},
            {3e-5, 8.7867965644e-6, 7.5093985110e-8, 0}
        };
        RampShape[] shapes = {RampShape.COSINE, RampShape.LINEAR, RampShape.ONE_MINUS_SQRT};
        for (int i = 0; i < shapes.length; i++) {
            for (int j = 0; j < rows.length; j++) {
                isRate(wsd(0, RampShape.LINEAR, shapes[i]), rows[j], rates[i][j]);
            }
        }
    }

    @Test
    void at_wsdWithAFloor_liftsTheStartOfTheWarmupToo() {
        LrSchedule schedule = wsd(3e-6, RampShape.LINEAR, RampShape.ONE_MINUS_SQRT);
        isRate(schedule, 0, 3.0e-6);
        isRate(schedule, 1, 3.45e-6);
        isRate(schedule, 59, 2.955e-5);
        isRate(schedule, 900, 1.0908116908e-5);
        isRate(schedule, 1000, 3.0e-6);
    }

    @Test
    void at_warmupShapesOfWsd_areTheTablesRates() {
        LrSchedule cosine = wsd(0, RampShape.COSINE, RampShape.ONE_MINUS_SQRT);
        isRate(cosine, 1, 2.0556978681e-8);
        isRate(cosine, 30, 1.5e-5);
        isRate(cosine, 59, 2.9979443021e-5);
        LrSchedule root = wsd(0, RampShape.ONE_MINUS_SQRT, RampShape.ONE_MINUS_SQRT);
        isRate(root, 1, 2.5105043871e-7);
        isRate(root, 30, 8.7867965644e-6);
        isRate(root, 59, 2.6127016654e-5);
    }

    @Test
    void at_sumOverTheRun_isTheTablesSum() {
        assertThat(sum(new HfSchedule.Linear(P, W, T))).isCloseTo(0.0150, within(1e-12));
        assertThat(sum(new HfSchedule.Cosine(P, 0, W, T))).isCloseTo(0.0150, within(1e-12));
        assertThat(sum(wsd(0, RampShape.LINEAR, RampShape.ONE_MINUS_SQRT))).isCloseTo(0.0251004347, within(0.5e-10));
    }

    @Test
    void at_constant_risesFromZeroAndStays() {
        LrSchedule schedule = new HfSchedule.Constant(P, W, T);
        assertThat(new double[] {schedule.at(1), schedule.at(2), schedule.at(61), schedule.at(5000)})
                .containsExactly(0, P * (1 / 60.0), P, P);
        assertThat(new HfSchedule.Constant(P, 0, T).at(1)).isEqualTo(P);
    }

    @Test
    void at_inverseSqrtWithoutWarmup_usesTheTimescaleTenThousand() {
        assertThat(new HfSchedule.InverseSqrt(P, 0, T).at(10_001)).isCloseTo(P / Math.sqrt(2), within(P * 1e-12));
    }

    /** Beyond the printed digits: the formulas, written once more in another way, to 1e-12. */
    @Test
    void at_everyUpdate_isTheFormula() {
        for (long s = 0; s < 2000; s++) {
            double p = (s - W) / 940.0;
            double up = s / 60.0;
            boolean warm = s < W;
            isClose(new HfSchedule.Linear(P, W, T), s, warm ? up : Math.max(0, (1000 - s) / 940.0));
            isClose(new HfSchedule.Cosine(P, 0, W, T), s, warm ? up : Math.pow(Math.cos(Math.PI * p / 2), 2));
            isClose(
                    new HfSchedule.CosineRestarts(P, 2, W, T),
                    s,
                    warm ? up : s >= T ? 0 : Math.pow(Math.cos(Math.PI * (2 * p - Math.floor(2 * p)) / 2), 2));
            isClose(
                    new HfSchedule.Polynomial(P, 1e-7, 2, W, T),
                    s,
                    warm ? up : s > T ? 1 / 300.0 : (1 - p) * (1 - p) * (299 / 300.0) + 1 / 300.0);
            isClose(new HfSchedule.InverseSqrt(P, W, T), s, warm ? up : Math.sqrt(60.0 / s));
        }
    }

    private static LrSchedule wsd(double minLr, RampShape warmup, RampShape decay) {
        return new HfSchedule.WarmupStableDecay(P, minLr, warmup, decay, 200, W, T);
    }

    private static double sum(LrSchedule schedule) {
        double sum = 0;
        for (long step = 1; step <= T; step++) {
            sum += schedule.at(step);
        }
        return sum;
    }

    private static void isRate(LrSchedule schedule, long s, double rate) {
        // an exact zero of the table may be a cosine that misses zero by its last bits
        assertThat(schedule.at(s + 1))
                .as("%s after %d updates", schedule, s)
                .isCloseTo(rate, within(Math.max(rate * 1e-9, 1e-20)));
    }

    private static void isClose(LrSchedule schedule, long s, double factor) {
        assertThat(schedule.at(s + 1))
                .as("%s after %d updates", schedule, s)
                .isCloseTo(P * factor, within(Math.max(P * factor * 1e-12, P * 1e-15)));
    }
}
