package dev.stride.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Generated tokens against the logits of whole passes: greedy ones are the best, sampled ones follow the softmax. */
class SamplingTest {
    private static final int VOCABULARY = 320;
    private static final int LENGTH = 16;

    private static ChatGlmModel model;
    private static Generator generator;

    @BeforeAll
    static void open() {
        model = TinyModel.open();
        generator = new Generator(model);
    }

    @AfterAll
    static void close() {
        model.close();
    }

    /** The cache is a shortcut: running the whole text again for every token gives the same ids. */
    @Test
    void cachedDecoding_equalsWholePasses() {
        int[] prompt = prompts(9).get(0);
        int[] cached = generate(prompt, Sampling.greedy(LENGTH, Set.of()));
        int[] text = prompt;
        for (int i = 0; i < LENGTH; i++) {
            float[] logits;
            try (var scope = new TensorScope();
                    var off = new NoGrad()) {
                var all = model.logits(text, new int[] {text.length});
                logits = Tensors.floats(all.narrow(0, text.length - 1, 1));
            }
            text = Arrays.copyOf(text, text.length + 1);
            text[text.length - 1] = best(logits);
        }
        assertThat(Arrays.copyOfRange(text, prompt.length, text.length)).isEqualTo(cached);
    }

    @Test
    void noPrompts_giveNothing() {
        assertThat(generator.generate(List.of(), Sampling.greedy(5, Set.of()))).isEmpty();
    }

    @Test
    void topKOfOneAndTinyTopPAndTinyTemperature_areGreedy() {
        List<int[]> prompts = prompts(5, 8, 2);
        List<int[]> greedy = generator.generate(prompts, Sampling.greedy(LENGTH, Set.of()));
        List<Sampling> narrow = List.of(
                new Sampling(1.3, 1, 1, LENGTH, Set.of(), 3),
                new Sampling(1, 0, 1e-6, LENGTH, Set.of(), 4),
                new Sampling(1e-4, 0, 1, LENGTH, Set.of(), 5));
        for (Sampling sampling : narrow) {
            List<int[]> sampled = generator.generate(prompts, sampling);
            for (int row = 0; row < prompts.size(); row++) {
                assertThat(sampled.get(row)).as("%s", sampling).isEqualTo(greedy.get(row));
            }
        }
    }

    /** The first token of many equal prompts follows the softmax of the logits, cut and warmed as asked. */
    @Test
    void sampledTokens_followTheirProbabilities() {
        int rows = 2000;
        int[] prompt = prompts(6).get(0);
        float[] logits;
        try (var scope = new TensorScope();
                var off = new NoGrad()) {
            logits = Tensors.floats(
                    model.logits(prompt, new int[] {prompt.length}).narrow(0, prompt.length - 1, 1));
        }
        List<int[]> prompts = IntStream.range(0, rows).mapToObj(i -> prompt).toList();
        for (double[] setting :
                new double[][] {{1, 0, 1}, {0.5, 0, 1}, {2, 0, 1}, {1, 12, 1}, {1, 0, 0.6}, {0.7, 20, 0.8}}) {
            double[] expected = probabilities(logits, setting[0], (int) setting[1], setting[2]);
            double[] seen = new double[VOCABULARY];
            Sampling sampling = new Sampling(setting[0], (int) setting[1], setting[2], 1, Set.of(), 99);
            for (int[] row : generator.generate(prompts, sampling)) {
                seen[row[0]] += 1.0 / rows;
            }
            for (int id = 0; id < VOCABULARY; id++) {
                if (expected[id] == 0) {
                    assertThat(seen[id]).as("%s: id %d is cut", sampling, id).isZero();
                }
                // five standard deviations of a count among 2000
                double deviation = Math.sqrt(expected[id] * (1 - expected[id]) / rows);
                assertThat(seen[id])
                        .as("%s: id %d", sampling, id)
                        .isCloseTo(expected[id], within(5 * deviation + 1e-3));
            }
        }
    }

    /** Softmax of logits / temperature over the k largest, then over the fewest of those that reach p. */
    private static double[] probabilities(float[] logits, double temperature, int topK, double topP) {
        Integer[] order = IntStream.range(0, logits.length)
                .boxed()
                .sorted((a, b) -> Float.compare(logits[b], logits[a]))
                .toArray(Integer[]::new);
        int kept = topK == 0 ? logits.length : topK;
        double[] weights = new double[kept];
        for (int i = 0; i < kept; i++) {
            weights[i] = Math.exp((logits[order[i]] - logits[order[0]]) / temperature);
        }
        double sum = Arrays.stream(weights).sum();
        double mass = 0;
        int allowed = 0;
        while (allowed < kept && (allowed == 0 || mass < topP)) {
            mass += weights[allowed++] / sum;
        }
        double[] probabilities = new double[logits.length];
        for (int i = 0; i < allowed; i++) {
            probabilities[order[i]] = weights[i] / sum / mass;
        }
        return probabilities;
    }

    private static int[] generate(int[] prompt, Sampling sampling) {
        return generator.generate(List.of(prompt), sampling).get(0);
    }

    private static int best(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }

    private static List<int[]> prompts(int... lengths) {
        SplittableRandom random = new SplittableRandom(4);
        return Arrays.stream(lengths)
                .mapToObj(length -> random.ints(length, 3, VOCABULARY).toArray())
                .toList();
    }
}
