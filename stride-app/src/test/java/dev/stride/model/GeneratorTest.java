package dev.stride.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stride.config.UserException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GeneratorTest {
    private ChatGlmModel model;

    @BeforeEach
    void open() {
        model = TinyModel.open();
    }

    @AfterEach
    void close() {
        model.close();
    }

    @Test
    void generate_promptsOfDifferentLengthsTogether_equalsOneAtATime() {
        List<int[]> prompts = prompts(5);
        Sampling greedy = Sampling.greedy(12, Set.of());
        List<int[]> together = new Generator(model).generate(prompts, greedy);
        for (int i = 0; i < prompts.size(); i++) {
            assertThat(together.get(i))
                    .as("prompt of %d tokens", prompts.get(i).length)
                    .isEqualTo(new Generator(model)
                            .generate(List.of(prompts.get(i)), greedy)
                            .get(0));
        }
    }

    @Test
    void generate_sameSeed_repeats() {
        Sampling sampling = new Sampling(1, 0, 1, 20, Set.of(), 7);
        List<int[]> first = new Generator(model).generate(prompts(3), sampling);
        List<int[]> second = new Generator(model).generate(prompts(3), sampling);
        for (int i = 0; i < first.size(); i++) {
            assertThat(second.get(i)).isEqualTo(first.get(i));
        }
    }

    @Test
    void generate_otherSeed_differs() {
        List<int[]> first = new Generator(model).generate(prompts(1), new Sampling(1, 0, 1, 20, Set.of(), 7));
        List<int[]> second = new Generator(model).generate(prompts(1), new Sampling(1, 0, 1, 20, Set.of(), 8));
        assertThat(second.get(0)).isNotEqualTo(first.get(0));
    }

    @Test
    void generate_topKOne_isGreedy() {
        List<int[]> greedy = new Generator(model).generate(prompts(3), Sampling.greedy(12, Set.of()));
        List<int[]> one = new Generator(model).generate(prompts(3), new Sampling(0.7, 1, 1, 12, Set.of(), 3));
        for (int i = 0; i < greedy.size(); i++) {
            assertThat(one.get(i)).isEqualTo(greedy.get(i));
        }
    }

    @Test
    void generate_stopId_endsItsRowAloneAndIsIncluded() {
        List<int[]> prompts = prompts(4);
        List<int[]> free = new Generator(model).generate(prompts, Sampling.greedy(12, Set.of()));
        int stop = free.get(1)[5];
        List<int[]> stopped = new Generator(model).generate(prompts, Sampling.greedy(12, Set.of(stop)));
        int ended = 0;
        for (int i = 0; i < prompts.size(); i++) {
            int at = indexOf(free.get(i), stop);
            int length = at < 0 ? 12 : at + 1;
            ended += at < 0 ? 0 : 1;
            assertThat(stopped.get(i)).isEqualTo(java.util.Arrays.copyOf(free.get(i), length));
        }
        assertThat(ended).isPositive();
    }

    @Test
    void generate_listener_hearsEveryTokenInOrder() {
        List<Integer> heard = new ArrayList<>();
        List<int[]> written =
                new Generator(model).generate(prompts(1), Sampling.greedy(9, Set.of()), (row, id) -> heard.add(id));
        assertThat(heard)
                .containsExactlyElementsOf(
                        java.util.Arrays.stream(written.get(0)).boxed().toList());
    }

    @Test
    void draw_frequencies_followTheProbabilitiesWithinTopP() {
        float[] probabilities = {0.5f, 0.3f, 0.15f, 0.05f};
        int[] counts = new int[4];
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 20_000; i++) {
            counts[Generator.draw(probabilities, 0, 4, 0.8, random)]++;
        }
        // 0.5 + 0.3 reach 0.8; a deviation of 4 standard errors is 0.014
        assertThat(counts[0] / 20_000.0).isBetween(0.625 - 0.014, 0.625 + 0.014);
        assertThat(counts[2]).isZero();
        assertThat(counts[3]).isZero();
    }

    @Test
    void draw_tinyTopP_stillAllowsTheBest() {
        assertThat(Generator.draw(new float[] {0.6f, 0.4f}, 0, 2, 1e-9, new SplittableRandom(1)))
                .isZero();
    }

    @Test
    void sampling_badValues_areRefusedWithAllOfThem() {
        assertThatThrownBy(() -> new Sampling(-1, -1, 0, 0, Set.of(), 0))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("temperature -1")
                .hasMessageContaining("top-k -1")
                .hasMessageContaining("top-p 0");
    }

    private static int indexOf(int[] ids, int wanted) {
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] == wanted) {
                return i;
            }
        }
        return -1;
    }

    private static List<int[]> prompts(int count) {
        SplittableRandom random = new SplittableRandom(11);
        List<int[]> prompts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            prompts.add(random.ints(3 + 4 * i, 3, 320).toArray());
        }
        return prompts;
    }
}
