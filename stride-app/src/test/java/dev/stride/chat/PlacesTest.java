package dev.stride.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PlacesTest {
    @Test
    void takeAndGiveBack_anyOrder_neverGivesAPlaceTwiceAndLosesNone() {
        SplittableRandom random = new SplittableRandom(3);
        Places places = new Places(1000);
        boolean[] used = new boolean[1000];
        List<int[]> runs = new ArrayList<>();
        int taken = 0;
        for (int i = 0; i < 20_000; i++) {
            if (random.nextBoolean()) {
                int length = 1 + random.nextInt(60);
                int start = places.take(length);
                if (start != Places.NONE) {
                    mark(used, start, length, true);
                    runs.add(new int[] {start, length});
                    taken++;
                }
            } else if (!runs.isEmpty()) {
                int[] run = runs.remove(random.nextInt(runs.size()));
                int kept = random.nextInt(run[1]);
                places.giveBack(run[0] + kept, run[1] - kept);
                mark(used, run[0] + kept, run[1] - kept, false);
                if (kept > 0) {
                    runs.add(new int[] {run[0], kept});
                }
            }
        }
        runs.forEach(run -> places.giveBack(run[0], run[1]));
        assertThat(taken).isGreaterThan(1000);
        assertThat(places.numFree()).isEqualTo(1000);
        assertThat(places.take(1000)).as("all runs are one again").isZero();
        assertThat(places.take(1)).isEqualTo(Places.NONE);
    }

    private static void mark(boolean[] used, int start, int length, boolean to) {
        for (int i = start; i < start + length; i++) {
            assertThat(used[i]).isEqualTo(!to);
            used[i] = to;
        }
    }
}
