package dev.stride.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class AxisTest {
    @Test
    void linear_ticks_areRoundAndInside() {
        assertThat(new Axis.Linear(0, 600).ticks(6)).containsExactly(0.0, 100.0, 200.0, 300.0, 400.0, 500.0, 600.0);
        assertThat(new Axis.Linear(2.6, 4.8).ticks(5)).containsExactly(3.0, 3.5, 4.0, 4.5);
    }

    @Test
    void log_ticks_areOnesTwosAndFivesOrDecades() {
        assertThat(new Axis.Log(1e-6, 1e-4).ticks(7).stream().map(Numbers::scientific))
                .containsExactly("1e-6", "2e-6", "5e-6", "1e-5", "2e-5", "5e-5", "1e-4");
        assertThat(new Axis.Log(1e-7, 1e-1).ticks(6).stream().map(Numbers::scientific))
                .containsExactly("1e-7", "1e-6", "1e-5", "1e-4", "1e-3", "1e-2", "1e-1");
        assertThat(new Axis.Log(1e-12, 1).ticks(6).stream().map(Numbers::scientific))
                .containsExactly("1e-12", "1e-10", "1e-8", "1e-6", "1e-4", "1e-2", "1e0");
    }

    @Test
    void ticks_ofAnyAxis_areAtLeastTwoAscendingAndInside() {
        Random random = new Random(11);
        int axes = 0;
        for (int i = 0; i < 3000; i++) {
            double low = Math.pow(10, random.nextDouble() * 12 - 8);
            double high = low * (1 + Math.pow(10, random.nextDouble() * 8 - 3));
            Axis axis = i % 2 == 0 ? new Axis.Linear(low, high) : Axis.logAround(low, high);
            assertThat(axis.ticks(4 + i % 5)).isSorted().doesNotHaveDuplicates().hasSizeBetween(2, 24);
            for (double tick : axis.ticks(4 + i % 5)) {
                assertThat(axis.share(tick)).isBetween(-1e-6, 1 + 1e-6);
            }
            axes++;
        }
        assertThat(axes).isEqualTo(3000);
    }

    @Test
    void logAround_widensToRoundEnds() {
        Axis axis = Axis.logAround(3.1e-7, 4.2e-5);
        assertThat(axis.low()).isEqualTo(2e-7, within(1e-20));
        assertThat(axis.high()).isEqualTo(5e-5, within(1e-18));
    }

    @Test
    void share_ofEndsAndMiddle() {
        assertThat(new Axis.Linear(2, 4).share(3)).isEqualTo(0.5);
        assertThat(new Axis.Log(1e-6, 1e-4).share(1e-5)).isEqualTo(0.5, within(1e-12));
        assertThat(new Axis.Log(1e-6, 1e-4).share(0)).isNaN();
    }

    @Test
    void axes_withoutExtent_areRefused() {
        assertThatThrownBy(() -> new Axis.Linear(1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Axis.Linear(0, Double.NaN)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Axis.Log(0, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void linearAround_aSingleValue_hasRoom() {
        Axis axis = Axis.linearAround(3, 3);
        assertThat(axis.low()).isLessThan(3);
        assertThat(axis.high()).isGreaterThan(3);
        assertThat(Axis.linearAround(0, 0).high()).isPositive();
    }
}
