package dev.stride.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.config.UserException;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RateGridTest {
    @Test
    void around_baseline_isThreeTenthsAndThreeTimes() {
        RateGrid grid = RateGrid.around(3e-5, 1e-4, "full");
        assertThat(grid.rates()).containsExactly(9e-6, 3e-5, 9e-5);
        assertThat(grid.warnings()).isEmpty();
        assertThat(grid.ratio()).isCloseTo(10 / 3.0, org.assertj.core.api.Assertions.within(1e-9));
    }

    @Test
    void of_rateAboveTheCap_isKeptWithAWarningThatNamesTheCap() {
        RateGrid grid = RateGrid.of(List.of(3e-3, 1e-3, 1e-2), 1e-3, "lora");
        assertThat(grid.rates()).containsExactly(1e-3, 3e-3, 1e-2);
        assertThat(grid.warnings()).containsExactly("3e-3, 1e-2 are above 1e-3, the cap of method lora; used as given");
        assertThat(RateGrid.of(List.of(3e-3, 1e-2), null, "prefix").warnings()).isEmpty();
    }

    @Test
    void of_everythingWrong_isSaidAtOnce() {
        assertThatThrownBy(() -> RateGrid.of(List.of(0.0003, -1.0, 3e-4, Double.NaN, 0.0), 1e-4, "full"))
                .isInstanceOfSatisfying(
                        UserException.class, e -> assertThat(e.problems()).hasSize(4))
                .hasMessageContaining("rate 2 is -1;")
                .hasMessageContaining("rates 1 and 3 are both 3e-4")
                .hasMessageContaining("rate 4 is NaN")
                .hasMessageContaining("rate 5 is 0;");
        assertThatThrownBy(() -> RateGrid.of(List.of(), null, "full")).hasMessageContaining("no rate");
        assertThatThrownBy(() -> RateGrid.of(Collections.nCopies(41, 1e-4), null, "full"))
                .isInstanceOfSatisfying(
                        UserException.class, e -> assertThat(e.problems()).hasSize(41))
                .hasMessageContaining("41 rates; allowed: at most 40");
    }

    @Test
    void name_rates_areShortAndDiffer() {
        assertThat(Rates.name(3e-4)).isEqualTo("3e-4");
        assertThat(Rates.name(0.000125)).isEqualTo("1.25e-4");
        assertThat(Rates.name(1)).isEqualTo("1e0");
        assertThat(Rates.name(1.2345e-4)).isEqualTo("1.2345e-4");
        assertThat(Rates.shortName(1.2345e-4)).isEqualTo("1.23e-4");
        Random random = new Random(1);
        Set<String> names = new HashSet<>();
        for (int i = 0; i < 2000; i++) {
            double lr = Math.pow(10, -8 + 8 * random.nextDouble());
            assertThat(Double.parseDouble(Rates.name(lr))).isEqualTo(lr);
            assertThat(Rates.name(Rates.round(lr)).length()).isLessThanOrEqualTo(7);
            names.add(Rates.name(lr));
        }
        assertThat(names).hasSize(2000);
    }
}
