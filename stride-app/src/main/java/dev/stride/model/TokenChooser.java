package dev.stride.model;

import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Chooses the next token of several rows, each by its own sampling and with its own random numbers, so that a row's choice
 * does not depend on its neighbours.
 *
 * <p>In order, as transformers does it: where a score is not finite all become 0 and id 5 wins; penalties; temperature; the
 * top k; the top p; a draw.
 */
public final class TokenChooser {
    private static final int INVALID_WINNER = 5;
    private static final double INVALID_SCORE = 5e4;

    private TokenChooser() {}

    /**
     * How a row's token is chosen.
     *
     * @param penalties what is taken from the logits of tokens, by id
     * @param topLogprobs the number of most probable tokens to tell; negative for no probabilities
     */
    public record Row(Sampling sampling, SplittableRandom random, Map<Integer, Float> penalties, int topLogprobs) {}

    /**
     * What was chosen.
     *
     * @param logprob of the chosen token in the model's own distribution; NaN where it was not asked for
     * @param topIds the most probable tokens, the best first
     * @param topLogprobs theirs
     */
    public record Choice(int id, float logprob, int[] topIds, float[] topLogprobs) {}

    /**
     * A token for each row.
     *
     * @param logits float32 [rows, vocabulary]; they are changed
     */
    public static Choice[] choose(Tensor logits, List<Row> rows) {
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            repair(logits, rows.size());
            Choice[] choices = new Choice[rows.size()];
            Tensor[] logprobs = new Tensor[rows.size()];
            for (int i = 0; i < rows.size(); i++) {
                Row row = rows.get(i);
                if (row.topLogprobs() >= 0) {
                    logprobs[i] = logits.select(0, i).log_softmax(0); // [vocabulary]
                }
                if (!row.penalties().isEmpty()) {
                    penalize(logits.select(0, i), row.penalties());
                }
            }
            int[] ids = ids(logits, rows);
            for (int i = 0; i < choices.length; i++) {
                Tensor of = logprobs[i];
                choices[i] = of == null
                        ? new Choice(ids[i], Float.NaN, new int[0], new float[0])
                        : told(ids[i], of, rows.get(i).topLogprobs());
            }
            return choices;
        }
    }

    private static void repair(Tensor logits, int rows) {
        if (torch.isfinite(logits).all().item_bool()) {
            return;
        }
        for (int i = 0; i < rows; i++) {
            Tensor row = logits.select(0, i);
            if (!torch.isfinite(row).all().item_bool()) {
                row.zero_();
                row.select(0, INVALID_WINNER).fill_(new Scalar(INVALID_SCORE));
            }
        }
    }

    private static void penalize(Tensor row, Map<Integer, Float> penalties) {
        int[] ids = new int[penalties.size()];
        float[] taken = new float[ids.length];
        int at = 0;
        for (Map.Entry<Integer, Float> entry : penalties.entrySet()) {
            ids[at] = entry.getKey();
            taken[at++] = -entry.getValue();
        }
        row.index_add_(
                0, Tensors.indices(ids, row.device()), Tensors.onto(Tensors.of(taken, taken.length), row.device()));
    }

    private static int[] ids(Tensor logits, List<Row> rows) {
        int vocabulary = Math.toIntExact(logits.size(1));
        int[] ids = new int[rows.size()];
        boolean anyGreedy = false;
        int most = 0; // of the k that are less than all
        for (Row row : rows) {
            anyGreedy |= isGreedy(row);
            most = Math.max(
                    most,
                    isGreedy(row) || takesAll(row, vocabulary)
                            ? 0
                            : row.sampling().topK());
        }
        long[] best = anyGreedy ? Tensors.longs(logits.argmax(new LongOptional(1), false)) : new long[0];
        Top top = most > 0 ? new Top(logits, most) : Top.NONE;
        for (int i = 0; i < ids.length; i++) {
            Row row = rows.get(i);
            if (isGreedy(row)) {
                ids[i] = Math.toIntExact(best[i]);
            } else if (takesAll(row, vocabulary)) {
                ids[i] = new Top(logits.narrow(0, i, 1), vocabulary).draw(0, vocabulary, row);
            } else {
                ids[i] = top.draw(i, row.sampling().topK(), row);
            }
        }
        return ids;
    }

    private static boolean isGreedy(Row row) {
        return row.sampling().temperature() == 0;
    }

    private static boolean takesAll(Row row, int vocabulary) {
        return row.sampling().topK() == 0 || row.sampling().topK() >= vocabulary;
    }

    /** The largest logits of each row, the best first. */
    private record Top(float[] logits, long[] ids, int kept) {
        static final Top NONE = new Top(new float[0], new long[0], 0);

        Top(Tensor logits, int kept) {
            this(torch.topk(logits, kept), kept);
        }

        private Top(T_TensorTensor_T top, int kept) {
            this(Tensors.floats(top.get0()), Tensors.longs(top.get1()), kept);
        }

        /** A token of a row, among its first k. */
        int draw(int row, int k, Row how) {
            int start = row * kept;
            float[] probabilities = new float[k];
            double sum = 0;
            double temperature = how.sampling().temperature();
            for (int i = 0; i < k; i++) {
                double power = Math.exp((logits[start + i] - logits[start]) / temperature);
                probabilities[i] = (float) power;
                sum += power;
            }
            for (int i = 0; i < k; i++) {
                probabilities[i] = (float) (probabilities[i] / sum);
            }
            return (int) ids[
                    start + Generator.draw(probabilities, 0, k, how.sampling().topP(), how.random())];
        }
    }

    private static Choice told(int id, Tensor logprobs, int count) {
        int kept = (int) Math.min(count, logprobs.size(0));
        float chosen = logprobs.select(0, id).item_float();
        if (kept == 0) {
            return new Choice(id, chosen, new int[0], new float[0]);
        }
        T_TensorTensor_T top = torch.topk(logprobs, kept);
        int[] ids = Arrays.stream(Tensors.longs(top.get1()))
                .mapToInt(Math::toIntExact)
                .toArray();
        return new Choice(id, chosen, ids, Tensors.floats(top.get0()));
    }
}
