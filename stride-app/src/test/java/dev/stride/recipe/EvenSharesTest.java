package dev.stride.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EvenSharesTest {
    @Test
    void of_knownSizes_goesLargestFirstToWhoHasLeast() {
        assertThat(EvenShares.of(List.of(3L, 10L, 4L, 4L, 1L), 2)).containsExactly(1, 0, 1, 1, 0);
        assertThat(EvenShares.largest(List.of(3L, 10L, 4L, 4L, 1L), 2)).isEqualTo(11);
    }

    @Test
    void of_moreRanksThanTensors_leavesSomeWithNothing() {
        assertThat(EvenShares.of(List.of(5L, 7L), 4)).containsExactly(1, 0);
        assertThat(EvenShares.largest(List.of(5L, 7L), 4)).isEqualTo(7);
        assertThat(EvenShares.of(List.of(), 2)).isEmpty();
        assertThat(EvenShares.largest(List.of(), 2)).isZero();
    }

    /** Nobody has more than the average and the tensor that he got last. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8})
    void of_anySizes_isNearlyEven(int ranks) {
        Random random = new Random(ranks);
        for (int trial = 0; trial < 200; trial++) {
            List<Long> sizes = new ArrayList<>();
            for (int i = random.nextInt(40); i >= 0; i--) {
                sizes.add(1L + random.nextInt(1000));
            }
            int[] owners = EvenShares.of(sizes, ranks);
            long[] held = new long[ranks];
            for (int i = 0; i < owners.length; i++) {
                assertThat(owners[i]).isBetween(0, ranks - 1);
                held[owners[i]] += sizes.get(i);
            }
            long sum = sizes.stream().mapToLong(size -> size).sum();
            long most = Arrays.stream(held).max().orElseThrow();
            assertThat(Arrays.stream(held).sum()).isEqualTo(sum);
            assertThat(most)
                    .isLessThanOrEqualTo(
                            sum / ranks + sizes.stream().max(Long::compare).orElseThrow());
            assertThat(EvenShares.largest(sizes, ranks)).isEqualTo(most);
        }
    }
}
