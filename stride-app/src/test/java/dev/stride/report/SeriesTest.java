package dev.stride.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class SeriesTest {
    private static Series series(double... values) {
        return new Series(LongStream.rangeClosed(1, values.length).toArray(), values);
    }

    @Test
    void thinned_shortSeries_isItself() {
        Series series = series(new Random(1).doubles(400).toArray());
        assertThat(series.thinned(100)).isSameAs(series);
    }

    @Test
    void thinned_longSeries_keepsTruePointsEndsAndExtremes() {
        Random random = new Random(7);
        int tried = 0;
        for (int round = 0; round < 50; round++) {
            Series whole = series(random.doubles(401 + random.nextInt(5000)).toArray());
            Series thin = whole.thinned(100);
            assertThat(thin.size()).isLessThanOrEqualTo(400).isGreaterThanOrEqualTo(200);
            Map<Long, Double> truth = new HashMap<>();
            for (int i = 0; i < whole.size(); i++) {
                truth.put(whole.steps()[i], whole.values()[i]);
            }
            for (int i = 0; i < thin.size(); i++) {
                assertThat(thin.values()[i]).isEqualTo(truth.get(thin.steps()[i]));
            }
            assertThat(thin.steps()).isSorted().doesNotHaveDuplicates();
            assertThat(thin.steps()[0]).isEqualTo(1);
            assertThat(thin.steps()[thin.size() - 1]).isEqualTo(whole.size());
            assertThat(Arrays.stream(thin.values()).max())
                    .isEqualTo(Arrays.stream(whole.values()).max());
            assertThat(Arrays.stream(thin.values()).min())
                    .isEqualTo(Arrays.stream(whole.values()).min());
            tried++;
        }
        assertThat(tried).isEqualTo(50);
    }

    @Test
    void thinned_gap_staysAGap() {
        double[] values = new Random(3).doubles(5000).toArray();
        values[2222] = Double.NaN;
        Series thin = series(values).thinned(100);
        assertThat(Arrays.stream(thin.values()).filter(Double::isNaN).count()).isEqualTo(1);
        assertThat(Arrays.stream(thin.steps()).filter(s -> s == 2223).count()).isEqualTo(1);
    }

    @Test
    void smoothed_constant_isTheConstantFromTheFirstPoint() {
        assertThat(series(3, 3, 3, 3).smoothed(10).values()).containsExactly(new double[] {3, 3, 3, 3}, within(1e-12));
    }

    @Test
    void smoothed_byHand() {
        // window 3: each point weighs half of the next; (1*1/2 + 4)/(3/2) = 3, ((1/4) + 2 + 1)/(7/4) = 13/7
        assertThat(series(1, 4, 1).smoothed(3).values()).containsExactly(new double[] {1, 3, 13 / 7.0}, within(1e-12));
    }

    @Test
    void smoothed_gap_isLeftOut() {
        double[] smooth = series(1, Double.NaN, 4).smoothed(3).values();
        assertThat(smooth[1]).isNaN();
        assertThat(smooth[2]).isEqualTo(3, within(1e-12));
    }
}
