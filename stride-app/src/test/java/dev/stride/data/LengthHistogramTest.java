package dev.stride.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LengthHistogramTest {
    @Test
    void of_oneToHundred_hasNearestRanks() {
        LengthHistogram histogram =
                LengthHistogram.of(IntStream.rangeClosed(1, 100).toArray());
        assertThat(histogram.rows()).isEqualTo(100);
        assertThat(histogram.shortest()).isEqualTo(1);
        assertThat(histogram.longest()).isEqualTo(100);
        assertThat(histogram.mean()).isEqualTo(50.5);
        assertThat(histogram.median()).isEqualTo(50);
        assertThat(histogram.p95()).isEqualTo(95);
        assertThat(histogram.p99()).isEqualTo(99);
    }

    @Test
    void of_noRows_isZero() {
        assertThat(LengthHistogram.of(new int[0]).rows()).isZero();
        assertThat(LengthHistogram.of(new int[0]).toText()).isEmpty();
    }

    @Test
    void bins_anyLengths_holdEveryRowOnceAndTouch() {
        Random random = new Random(3);
        for (int round = 0; round < 500; round++) {
            int spread = 1 + random.nextInt(3000);
            int[] lengths = random.ints(1 + random.nextInt(400), 1, spread + 1).toArray();
            LengthHistogram histogram = LengthHistogram.of(lengths);
            assertThat(histogram.bins()).hasSizeLessThanOrEqualTo(11);
            int total = 0;
            for (int b = 0; b < histogram.bins().size(); b++) {
                LengthHistogram.Bin bin = histogram.bins().get(b);
                assertThat(bin.rows()).isEqualTo((int) IntStream.of(lengths)
                        .filter(l -> l >= bin.from() && l <= bin.to())
                        .count());
                if (b > 0) {
                    assertThat(bin.from()).isEqualTo(histogram.bins().get(b - 1).to() + 1);
                }
                total += bin.rows();
            }
            assertThat(total).as("round %d", round).isEqualTo(lengths.length);
        }
    }

    @Test
    void toText_bars_areSharesOfTheLargest() {
        assertThat(LengthHistogram.of(new int[] {1, 1, 1, 1, 3}).toText()).isEqualTo("""
                1 to 1  ########################################  4
                2 to 2                                            0
                3 to 3  ##########                                1
                """);
    }
}
