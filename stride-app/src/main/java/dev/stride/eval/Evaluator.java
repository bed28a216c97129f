package dev.stride.eval;

import dev.stride.data.Batch;
import dev.stride.model.ChatGlmModel;
import dev.stride.model.Generator;
import dev.stride.model.OutputHead;
import dev.stride.model.Sampling;
import dev.stride.tokenizer.TokenizedExample;
import dev.stride.tokenizer.Tokenizer;
import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/** Measures a model on rows it does not train on: the loss over all of them, and texts that it writes itself. */
public final class Evaluator {
    private final ChatGlmModel model;
    private final Tokenizer tokenizer;

    /** An evaluator that borrows a model. */
    public Evaluator(ChatGlmModel model, Tokenizer tokenizer) {
        this.model = model;
        this.tokenizer = tokenizer;
    }

    /**
     * A validation loss.
     *
     * @param loss mean over all trained tokens of all rows; NaN without any
     * @param tokens trained tokens
     * @param rowLosses of each row, summed over its trained tokens
     * @param rowTokens trained tokens of each row
     */
    public record Loss(double loss, long tokens, List<Double> rowLosses, List<Long> rowTokens) {
        public Loss {
            rowLosses = List.copyOf(rowLosses);
            rowTokens = List.copyOf(rowTokens);
        }

        /** The loss over rows whose own losses are known. */
        public static Loss of(List<Double> rowLosses, List<Long> rowTokens) {
            double sum = 0;
            long tokens = 0;
            for (int i = 0; i < rowLosses.size(); i++) {
                sum += rowLosses.get(i);
                tokens += rowTokens.get(i);
            }
            return new Loss(tokens == 0 ? Double.NaN : sum / tokens, tokens, rowLosses, rowTokens);
        }
    }

    /** The ids that a model wrote after a prompt, the stop token included, and their text without it. */
    public record Written(int[] promptIds, int[] newIds, String text) {}

    /**
     * The loss over rows.
     *
     * @param tokenBudget the most tokens of one forward pass; a longer row goes alone
     * @param progress is told the number of rows done
     */
    public Loss loss(List<TokenizedExample> rows, int tokenBudget, IntConsumer progress) {
        List<Double> losses = new ArrayList<>();
        List<Long> tokens = new ArrayList<>();
        int start = 0;
        while (start < rows.size()) {
            int end = start + 1;
            int held = rows.get(start).length();
            while (end < rows.size() && held + rows.get(end).length() <= tokenBudget) {
                held += rows.get(end++).length();
            }
            float[] ofPositions = losses(Batch.packed(rows.subList(start, end)));
            int at = 0;
            for (TokenizedExample row : rows.subList(start, end)) {
                double sum = 0;
                long trained = row.numTrainedTokens();
                for (int i = 0; i < trained; i++) {
                    sum += ofPositions[at++];
                }
                losses.add(sum);
                tokens.add(trained);
            }
            start = end;
            progress.accept(end);
        }
        return Loss.of(losses, tokens);
    }

    /**
     * What the model writes after each prompt, in the order of the prompts.
     *
     * @param batch prompts that are continued together; those of similar length go together
     * @param progress is told the number of prompts done
     */
    public List<Written> write(List<int[]> prompts, Sampling sampling, int batch, IntConsumer progress) {
        int[] byLength = IntStream.range(0, prompts.size())
                .boxed()
                .sorted(Comparator.comparingInt(i -> prompts.get(i).length))
                .mapToInt(Integer::intValue)
                .toArray();
        Written[] written = new Written[prompts.size()];
        Generator generator = new Generator(model);
        for (int start = 0; start < byLength.length; start += batch) {
            int[] chosen = Arrays.copyOfRange(byLength, start, Math.min(byLength.length, start + batch));
            List<int[]> texts = new ArrayList<>();
            for (int row : chosen) {
                texts.add(prompts.get(row));
            }
            List<int[]> generated = generator.generate(texts, sampling);
            for (int i = 0; i < chosen.length; i++) {
                int[] ids = generated.get(i);
                written[chosen[i]] = new Written(texts.get(i), ids, text(ids, sampling));
            }
            progress.accept(start + chosen.length);
        }
        return List.of(written);
    }

    private String text(int[] ids, Sampling sampling) {
        int end = ids.length;
        if (end > 0 && sampling.stopIds().contains(ids[end - 1])) {
            end--;
        }
        return tokenizer.decode(Arrays.copyOf(ids, end)).strip();
    }

    /** The loss of each trained position of a batch, in order. */
    private float[] losses(Batch batch) {
        if (batch.numTrainedTokens() == 0) {
            return new float[0];
        }
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            return OutputHead.losses(
                    model,
                    model.hidden(batch.inputIds(), batch.segmentLengths()),
                    batch.trainedPositions(),
                    batch.targets());
        }
    }
}
