package dev.stride.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PairedBootstrapTest {
    private static final PairedBootstrap BOOTSTRAP = new PairedBootstrap(1, 2000);

    /** Scores of rows that differ by a normal difference; the rows themselves are far more unlike. */
    private static PairedBootstrap.Result normal(long seed, int rows, double mean, double deviation) {
        Random random = new Random(seed);
        List<Double> before = new ArrayList<>();
        List<Double> now = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            double row = 100 * random.nextDouble();
            before.add(row);
            now.add(row + mean + deviation * random.nextGaussian());
        }
        return BOOTSTRAP.compare(before, now);
    }

    @Test
    void compare_equalScores_isNoGainForCertain() {
        List<Double> scores = List.of(0.1, 0.5, 0.9, 0.0);
        assertThat(BOOTSTRAP.compare(scores, scores)).isEqualTo(new PairedBootstrap.Result(0, 0, 0, 1, 1, 4));
    }

    @Test
    void compare_everyRowBetter_isAGainForCertain() {
        PairedBootstrap.Result result = BOOTSTRAP.compare(List.of(1.0, 2.0, 3.0), List.of(1.5, 2.5, 3.5));
        assertThat(result).isEqualTo(new PairedBootstrap.Result(0.5, 0.5, 0.5, 1.0 / 2001, 2.0 / 2001, 3));
    }

    @Test
    void compare_theOtherWayRound_isTheMirror() {
        List<Double> a = new Random(4).doubles(40, 0, 1).boxed().toList();
        List<Double> b = new Random(5).doubles(40, 0, 1).boxed().toList();
        PairedBootstrap.Result forth = BOOTSTRAP.compare(a, b);
        PairedBootstrap.Result back = BOOTSTRAP.compare(b, a);
        assertThat(back.mean()).isEqualTo(-forth.mean());
        assertThat(back.low()).isCloseTo(-forth.high(), within(1e-12));
        assertThat(back.noGain() + forth.noGain()).isCloseTo(1, within(1e-3));
        assertThat(back.noDifference()).isCloseTo(forth.noDifference(), within(2e-3));
    }

    @Test
    void compare_sameSeed_isTheSameAnswer() {
        assertThat(normal(3, 50, 0.1, 1)).isEqualTo(normal(3, 50, 0.1, 1));
    }

    /** For normal differences the interval is that of the normal law, 1.96 s / sqrt(n) to each side. */
    @Test
    void compare_normalDifferences_hasTheNormalInterval() {
        double width = 0;
        for (int seed = 0; seed < 40; seed++) {
            PairedBootstrap.Result result = normal(seed, 200, 0, 1);
            width += (result.high() - result.low()) / 40;
        }
        // 40 runs, each within about 5 %, and a bootstrap is narrower by sqrt((n-1)/n)
        assertThat(width).isCloseTo(2 * 1.96 / Math.sqrt(200), within(0.006));
    }

    /** Where there is no difference, 5 % of comparisons call one significant at 5 %, and the interval misses 0 as often. */
    @Test
    void compare_noDifference_isCalledOneAtTheStatedRate() {
        int significant = 0;
        int oneSided = 0;
        int missed = 0;
        int comparisons = 400;
        for (int seed = 0; seed < comparisons; seed++) {
            PairedBootstrap.Result result = normal(1000 + seed, 100, 0, 2);
            significant += result.noDifference() < 0.05 ? 1 : 0;
            oneSided += result.noGain() < 0.05 ? 1 : 0;
            missed += result.low() > 0 || result.high() < 0 ? 1 : 0;
        }
        // 5 % of 400 is 20 with a standard deviation of 4.4; three of them to each side
        assertThat(significant).isBetween(7, 34);
        assertThat(oneSided).isBetween(7, 34);
        assertThat(missed).isBetween(7, 34);
    }

    @Test
    void compare_gainOfThreeErrors_isNearlyAlwaysSeen() {
        int seen = 0;
        for (int seed = 0; seed < 100; seed++) {
            seen += normal(seed, 100, 0.3, 1).noGain() < 0.05 ? 1 : 0;
        }
        // the power of a one-sided test at 5 % is 91 % there
        assertThat(seen).isBetween(82, 98);
    }

    @Test
    void compare_whatCannotBeCompared_isRefused() {
        assertThatThrownBy(() -> BOOTSTRAP.compare(List.of(), List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> BOOTSTRAP.compare(List.of(1.0), List.of(1.0, 2.0)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> BOOTSTRAP.compare(List.of(1.0), List.of(Double.NaN)))
                .hasMessageContaining("row 1 went from 1.0 to NaN");
        assertThatThrownBy(() -> new PairedBootstrap(1, 99)).isInstanceOf(IllegalArgumentException.class);
    }
}
