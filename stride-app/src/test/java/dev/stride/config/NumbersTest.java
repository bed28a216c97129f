package dev.stride.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NumbersTest {
    @Test
    void text_numbers_areShortAndNeverZeroByRounding() {
        double[] numbers = {
            0, 3e-5, 1e-8, 0.1, 1, 12.5, 0.03252, 7.0710678118e-5, 1234.5678, 6.24e9, -2e-5, 100, 2e-3, 0.01
        };
        String[] texts = {
            "0",
            "3e-5",
            "1e-8",
            "0.1",
            "1",
            "12.5",
            "0.03252",
            "7.0711e-5",
            "1234.6",
            "6.24e9",
            "-2e-5",
            "100",
            "2e-3",
            "0.01"
        };
        for (int i = 0; i < numbers.length; i++) {
            assertThat(Numbers.text(numbers[i])).isEqualTo(texts[i]);
        }
    }

    @Test
    void bytes_sizes_haveTheirUnit() {
        assertThat(Numbers.bytes(512)).isEqualTo("0.5 KiB");
        assertThat(Numbers.bytes(3L << 20)).isEqualTo("3 MiB");
        assertThat(Numbers.bytes(24L << 30)).isEqualTo("24.0 GiB");
    }

    @Test
    void share_percentages_areExact() {
        assertThat(Share.ofPercent("8").of(117)).isEqualTo(10);
        assertThat(Share.ofPercent("7").of(100)).isEqualTo(7);
        assertThat(Share.ofPercent("7").ofInFloats(100)).isEqualTo(8);
        assertThat(Share.ofPercent("0.5")).hasToString("0.5%");
        assertThat(Share.ofSteps(60).of(10)).isEqualTo(60);
    }

    @Test
    void cadence_isDue_atEpochsOrEverySoManyUpdates() {
        assertThat(Cadence.EPOCH.isDue(79, 79)).isTrue();
        assertThat(Cadence.EPOCH.isDue(80, 79)).isFalse();
        assertThat(new Cadence(50).isDue(100, 79)).isTrue();
    }

    @Test
    void nearest_farNames_areNotOffered() {
        assertThat(Nearest.advice("banana", java.util.List.of("cosine", "linear")))
                .isEmpty();
        assertThat(Nearest.distance("kitten", "sitting")).isEqualTo(3);
    }
}
