package dev.stride.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.stride.config.RampShape;
import dev.stride.schedule.Constant;
import dev.stride.schedule.Cosine;
import dev.stride.schedule.Linear;
import dev.stride.schedule.LrSchedule;
import dev.stride.schedule.WarmupStableDecay;
import java.util.List;
import org.junit.jupiter.api.Test;

class RateClockTest {
    @Test
    void constant_countsStepsAndAnnealsNothing() {
        RateClock clock = new RateClock(new Constant(3e-4, 0, 100), 100, new long[] {1, 50, 100, 140});
        assertThat(clock.sum(0)).isCloseTo(0.01, within(1e-12));
        assertThat(clock.sum(1)).isCloseTo(0.5, within(1e-12));
        assertThat(clock.sum(2)).isEqualTo(1);
        assertThat(clock.sum(3)).as("behind the end").isEqualTo(1);
        for (int place = 0; place < 4; place++) {
            assertThat(clock.annealed(place)).isZero();
        }
    }

    @Test
    void shares_areTheDoubleSumOfTheDefinition() {
        List<LrSchedule> schedules = List.of(
                new Linear(1e-3, 0, 6, 72),
                new Cosine(3e-2, 1e-3, 5, 72),
                new WarmupStableDecay(1e-2, 0, RampShape.ONE_MINUS_SQRT, 15, 4, 72));
        long[] steps = {1, 6, 12, 36, 60, 66, 72};
        for (LrSchedule schedule : schedules) {
            RateClock clock = new RateClock(schedule, 72, steps);
            for (int place = 0; place < steps.length; place++) {
                assertThat(clock.annealed(place))
                        .as(schedule + " at " + steps[place])
                        .isCloseTo(area(schedule, steps[place]) / area(schedule, 72), within(1e-12));
            }
            assertThat(clock.sum(6)).isEqualTo(1);
            assertThat(clock.annealed(6)).isEqualTo(1);
        }
    }

    /** S2 as it is written: the sum over i of the sum over k up to i of the falls times lambda^(i-k). */
    private static double area(LrSchedule schedule, long s) {
        double area = 0;
        for (long i = 1; i <= s; i++) {
            for (long k = schedule.warmup() + 1; k <= i; k++) {
                area += (schedule.at(k - 1) - schedule.at(k)) * Math.pow(RateClock.LAMBDA, i - k);
            }
        }
        return area;
    }

    @Test
    void wsd_annealsNothingBeforeItsDecay() {
        LrSchedule schedule = new WarmupStableDecay(1e-2, 0, RampShape.LINEAR, 12, 6, 72);
        RateClock clock = new RateClock(schedule, 72, new long[] {60, 66});
        assertThat(clock.annealed(0)).isZero();
        assertThat(clock.annealed(1)).isBetween(0.2, 0.4);
    }
}
