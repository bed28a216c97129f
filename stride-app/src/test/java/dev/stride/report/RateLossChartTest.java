package dev.stride.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.experiment.StepEvent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongToDoubleFunction;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RateLossChartTest {
    private static ReportRun run(int steps, LongToDoubleFunction rate, LongToDoubleFunction loss) {
        return ReportPages.run(
                "run",
                LongStream.rangeClosed(1, steps)
                        .mapToObj(s -> new StepEvent(
                                s, loss.applyAsDouble(s), Map.of("all", rate.applyAsDouble(s)), 1, 1, 1, 1, 1))
                        .toList());
    }

    private static Axis rateAxis(ReportRun... runs) {
        return Objects.requireNonNull(RateLossChart.of(List.of(runs)).chart().right());
    }

    @Test
    void rateAxis_ofOneSchedule_isLogarithmicAndHoldsAtMostTwoDecadesBelowItsPeak() {
        List<LongToDoubleFunction> schedules = List.of(
                s -> 2e-5,
                s -> 2e-5 * Math.min(s / 50.0, (500 - s) / 450.0),
                s -> 1e-5 * (1 + Math.cos(Math.PI * s / 500)),
                s -> 2e-5 / Math.sqrt((double) s));
        int seen = 0;
        for (LongToDoubleFunction schedule : schedules) {
            Axis axis = rateAxis(run(500, schedule, s -> 3));
            assertThat(axis).isInstanceOf(Axis.Log.class);
            assertThat(axis.high()).isBetween(2e-5, 5.1e-5);
            assertThat(axis.low()).isBetween(0.9e-7, 2.1e-5);
            seen++;
        }
        assertThat(seen).isEqualTo(4);
    }

    @Test
    void rateAxis_ofASearchOverDecades_isLogarithmic() {
        Axis axis = rateAxis(run(100, s -> 1e-7 * Math.pow(10, s * 0.05), s -> 3));
        assertThat(axis).isInstanceOf(Axis.Log.class);
        assertThat(axis.low()).isEqualTo(1e-7);
    }

    @Test
    void rateFloor_isSaidOnlyWhereARateLiesBelowTheAxis() {
        RateLossChart toZero = RateLossChart.of(List.of(run(500, s -> 2e-5 * (500 - s) / 500, s -> 3)));
        Axis right = Objects.requireNonNull(toZero.chart().right());
        assertThat(toZero.rateFloor()).isEqualTo(right.low()).isGreaterThan(0);
        assertThat(RateLossChart.of(List.of(run(50, s -> 2e-5, s -> 3))).rateFloor())
                .isNull();
    }

    @Test
    void rateAxis_withoutAnyRateAboveZero_isStillAnAxis() {
        assertThat(rateAxis(run(50, s -> 0, s -> 3))).isInstanceOf(Axis.Linear.class);
    }

    @Test
    void rateAxis_logarithmicWithDecayToZero_hasAFloor() {
        ReportRun low = run(100, s -> 1e-6 * (100 - s) / 100, s -> 3);
        ReportRun high = run(100, s -> 1e-4 * (100 - s) / 100, s -> 3);
        assertThat(rateAxis(low, high).low()).isGreaterThanOrEqualTo(1e-6 * 0.99 / 100 / 2);
    }

    @Test
    void lossAxis_withARunThatFliesApart_keepsTheOthersReadable() {
        ReportRun good = run(100, s -> 1e-5, s -> 4 - s * 0.01);
        ReportRun bad = run(100, s -> 1e-5, s -> s < 50 ? 4 : 4e6);
        RateLossChart chart = RateLossChart.of(List.of(good, bad));
        assertThat(chart.lossLimit()).isEqualTo(2 * 4.0);
        assertThat(chart.chart().left().high()).isLessThan(8.5);
        assertThat(RateLossChart.of(List.of(good)).lossLimit()).isNull();
    }

    @Test
    void groups_withEqualRates_areOneLine_andOthersTheirOwn() {
        List<StepEvent> steps = new ArrayList<>();
        for (long s = 1; s <= 30; s++) {
            Map<String, Double> rates = new LinkedHashMap<>();
            rates.put("a_decay", 1e-5 * s);
            rates.put("a_no_decay", 1e-5 * s);
            rates.put("b", 1.6e-4 * s);
            steps.add(new StepEvent(s, 3, rates, 1, 1, 1, 1, 1));
        }
        List<Chart.Line> rates = RateLossChart.of(List.of(ReportPages.run("x", steps))).chart().lines().stream()
                .filter(line -> line.kind() == Chart.Kind.RATE)
                .toList();
        assertThat(rates)
                .extracting(line -> line.label().english())
                .containsExactly("learning rate (a_decay, a_no_decay)", "learning rate (b)");
        assertThat(rates).extracting(Chart.Line::variant).containsExactly(0, 1);
    }

    @Test
    void fewPoints_areNotSmoothed() {
        assertThat(RateLossChart.of(List.of(run(19, s -> 1, s -> 3))).smoothing())
                .isZero();
        assertThat(RateLossChart.of(List.of(run(20, s -> 1, s -> 3))).smoothing())
                .isEqualTo(5);
    }

    @Test
    void oneRun_hasTwoColours_andSeveralHaveOneEach() {
        List<Chart.Line> one =
                RateLossChart.of(List.of(run(9, s -> 1, s -> 3))).chart().lines();
        assertThat(one).extracting(Chart.Line::colour).containsExactly(1, 0);
        List<Chart.Line> two = RateLossChart.of(List.of(run(9, s -> 1, s -> 3), run(9, s -> 1, s -> 3)))
                .chart()
                .lines();
        assertThat(two).allMatch(line -> line.colour() == line.run());
    }
}
