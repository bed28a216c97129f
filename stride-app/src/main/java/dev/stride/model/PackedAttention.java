package dev.stride.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Segments laid end to end: each attends causally to itself alone, positions restart at 0.
 *
 * <p>Neighbours of equal length are one call, so a padded batch is a single one; no work is done on pairs of tokens of
 * different segments, and the result of a segment does not depend on its neighbours.
 */
final class PackedAttention implements Attention {
    private final int[] positions;
    private final long[] runLengths; // tokens of one segment of each run of equal neighbours
    private final long[] runTokens; // tokens of all segments of each run

    PackedAttention(int[] segmentLengths) {
        int total = 0;
        List<Long> lengths = new ArrayList<>();
        List<Long> tokens = new ArrayList<>();
        for (int length : segmentLengths) {
            int last = lengths.size() - 1;
            if (last >= 0 && lengths.get(last) == length) {
                tokens.set(last, tokens.get(last) + length);
            } else {
                lengths.add((long) length);
                tokens.add((long) length);
            }
            total += length;
        }
        runLengths = lengths.stream().mapToLong(Long::longValue).toArray();
        runTokens = tokens.stream().mapToLong(Long::longValue).toArray();
        positions = new int[total];
        int at = 0;
        for (int length : segmentLengths) {
            for (int i = 0; i < length; i++) {
                positions[at++] = i;
            }
        }
    }

    @Override
    public int[] positions() {
        return positions;
    }

    @Override
    public int longestRow() {
        return (int) Arrays.stream(runLengths).max().orElse(0);
    }

    @Override
    public Tensor attend(int layer, Tensor q, Tensor k, Tensor v) {
        if (runLengths.length == 1) {
            return run(q, k, v, runLengths[0]);
        }
        TensorVector qs = torch.split_with_sizes(q, runTokens, 0);
        TensorVector ks = torch.split_with_sizes(k, runTokens, 0);
        TensorVector vs = torch.split_with_sizes(v, runTokens, 0);
        Tensor[] outputs = new Tensor[runLengths.length];
        for (int i = 0; i < outputs.length; i++) {
            outputs[i] = run(qs.get(i), ks.get(i), vs.get(i), runLengths[i]);
        }
        return torch.cat(new TensorVector(outputs), 0); // [tokens, heads x head]
    }

    private static Tensor run(Tensor q, Tensor k, Tensor v, long length) {
        long tokens = q.size(0);
        Tensor out = Attention.scaledDotProduct(rows(q, length), rows(k, length), rows(v, length), null, true);
        return out.transpose(1, 2).reshape(tokens, q.size(1) * q.size(2));
    }

    /** [tokens, heads, head] to [segments, heads, length, head]. */
    private static Tensor rows(Tensor heads, long length) {
        return heads.view(heads.size(0) / length, length, heads.size(1), heads.size(2))
                .transpose(1, 2);
    }
}
