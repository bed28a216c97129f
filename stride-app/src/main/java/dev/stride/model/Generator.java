package dev.stride.model;

import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Continues prompts: a batch of left-padded rows, one token a row at a time, over cached keys and values. */
public final class Generator {
    private final ChatGlmModel model;

    /** A generator that borrows a model. */
    public Generator(ChatGlmModel model) {
        this.model = model;
    }

    /** Is told each new token as it is chosen. */
    @FunctionalInterface
    public interface Listener {
        /** Token {@code id} was added to row {@code row}. */
        void token(int row, int id);
    }

    /** The new tokens of each prompt, the stop token included where one ended the row. */
    public List<int[]> generate(List<int[]> prompts, Sampling sampling) {
        return generate(prompts, sampling, (row, id) -> {});
    }

    /** The new tokens of each prompt, told one by one as they come. */
    public List<int[]> generate(List<int[]> prompts, Sampling sampling, Listener listener) {
        if (prompts.isEmpty()) {
            return List.of();
        }
        int longest = prompts.stream().mapToInt(prompt -> prompt.length).max().orElse(0);
        int rows = prompts.size();
        int[] padding =
                prompts.stream().mapToInt(prompt -> longest - prompt.length).toArray();
        List<List<Integer>> generated = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            generated.add(new ArrayList<>());
        }
        boolean[] done = new boolean[rows];
        SplittableRandom random = new SplittableRandom(sampling.seed());
        try (NoGrad off = new NoGrad();
                KvCache cache = new KvCache(model.config(), rows, longest + sampling.maxNewTokens(), model.device())) {
            int[] input = padLeft(prompts, longest);
            for (int step = 0; step < sampling.maxNewTokens(); step++) {
                int[] next = step(input, rows, padding, cache, sampling, random);
                boolean running = false;
                for (int row = 0; row < rows; row++) {
                    if (done[row]) {
                        next[row] = 0;
                        continue;
                    }
                    generated.get(row).add(next[row]);
                    listener.token(row, next[row]);
                    done[row] = sampling.stopIds().contains(next[row]);
                    running |= !done[row];
                }
                if (!running) {
                    break;
                }
                input = next;
            }
        }
        return generated.stream()
                .map(ids -> ids.stream().mapToInt(Integer::intValue).toArray())
                .toList();
    }

    /** Feeds each row's columns and chooses its next token. */
    private int[] step(
            int[] input, int rows, int[] padding, KvCache cache, Sampling sampling, SplittableRandom random) {
        try (TensorScope scope = new TensorScope()) {
            Tensor logits = lastLogits(input, rows, padding, cache);
            return sampling.temperature() == 0 ? greedy(logits) : sample(logits, sampling, random);
        }
    }

    /** Logits of the last column of every row: float32 [rows, vocabulary]. */
    Tensor lastLogits(int[] input, int rows, int[] padding, KvCache cache) {
        Tensor hidden = forward(input, padding, cache);
        int columns = input.length / rows;
        int[] last = new int[rows];
        Arrays.setAll(last, row -> row * columns + columns - 1);
        return sane(model.logits(hidden.index_select(0, Tensors.indices(last, model.device()))));
    }

    /** Hidden states of new columns, which the cache then holds: [rows x columns, hidden]. */
    Tensor forward(int[] input, int[] padding, KvCache cache) {
        int columns = input.length / padding.length;
        Tensor hidden = model.hidden(input, new CachedAttention(cache, columns, padding, model.device()));
        cache.advance(columns);
        return hidden;
    }

    private static int[] greedy(Tensor logits) {
        return narrow(Tensors.longs(logits.argmax(new org.bytedeco.pytorch.LongOptional(1), false)));
    }

    private static int[] sample(Tensor logits, Sampling sampling, SplittableRandom random) {
        long vocabulary = logits.size(1);
        long kept = sampling.topK() == 0 ? vocabulary : Math.min(vocabulary, sampling.topK());
        T_TensorTensor_T top = torch.topk(logits.div(new Scalar(sampling.temperature())), kept);
        float[] probabilities = Tensors.floats(torch.softmax(top.get0(), -1)); // descending in each row
        long[] ids = Tensors.longs(top.get1());
        int rows = (int) logits.size(0);
        int[] chosen = new int[rows];
        for (int row = 0; row < rows; row++) {
            int start = Math.toIntExact(row * kept);
            chosen[row] = (int) ids[start + draw(probabilities, start, (int) kept, sampling.topP(), random)];
        }
        return chosen;
    }

    /** An index drawn among the most probable ones that together reach topP. */
    static int draw(float[] probabilities, int start, int count, double topP, SplittableRandom random) {
        double mass = 0;
        int allowed = 0;
        while (allowed < count && (allowed == 0 || mass < topP)) {
            mass += probabilities[start + allowed++];
        }
        double at = random.nextDouble() * mass;
        for (int i = 0; i < allowed; i++) {
            at -= probabilities[start + i];
            if (at < 0) {
                return i;
            }
        }
        return allowed - 1;
    }

    /** Where a score is not finite, all become 0 and id 5 wins, as the reference's processor does (InvalidScoreLogitsProcessor). */
    private static Tensor sane(Tensor logits) {
        if (torch.isfinite(logits).all().item_bool()) {
            return logits;
        }
        Tensor fallback = torch.zeros_like(logits);
        fallback.select(1, 5).fill_(new Scalar(5e4));
        return fallback;
    }

    private static int[] padLeft(List<int[]> prompts, int columns) {
        int[] input = new int[prompts.size() * columns];
        for (int row = 0; row < prompts.size(); row++) {
            int[] prompt = prompts.get(row);
            System.arraycopy(prompt, 0, input, (row + 1) * columns - prompt.length, prompt.length);
        }
        return input;
    }

    private static int[] narrow(long[] values) {
        return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
    }
}
