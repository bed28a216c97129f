package dev.stride.model;

import dev.stride.torch.Tensors;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * New tokens of several sequences, each attending to its own past in a {@link KvPool} and to itself.
 *
 * <p>Each sequence is a call of its own, so what comes of it does not depend on its neighbours, and no work is done on padding.
 */
final class SequenceAttention implements Attention {
    private final KvPool pool;
    private final List<SequenceDecoder.Slice> slices;
    private final int[] positions;
    private final long[] lengths;
    private final Tensor places; // [tokens]
    private final @Nullable Tensor[] masks; // [new, past + new] where a slice of several tokens has a past

    SequenceAttention(KvPool pool, List<SequenceDecoder.Slice> slices, Device device) {
        this.pool = pool;
        this.slices = slices;
        lengths = slices.stream().mapToLong(SequenceDecoder.Slice::length).toArray();
        int tokens = Math.toIntExact(Arrays.stream(lengths).sum());
        positions = new int[tokens];
        int[] at = new int[tokens];
        masks = new Tensor[slices.size()];
        int next = 0;
        for (int i = 0; i < slices.size(); i++) {
            SequenceDecoder.Slice slice = slices.get(i);
            for (int j = 0; j < slice.length(); j++, next++) {
                positions[next] = slice.past() + j;
                at[next] = slice.start() + slice.past() + j;
            }
            if (slice.length() > 1 && slice.past() > 0) {
                masks[i] = Tensors.onto(mask(slice.past(), slice.length()), device);
            }
        }
        places = Tensors.indices(at, device);
    }

    @Override
    public int[] positions() {
        return positions;
    }

    @Override
    public int longestRow() {
        return (int) Arrays.stream(lengths).max().orElse(0);
    }

    @Override
    public Tensor attend(int layer, Tensor q, Tensor k, Tensor v) {
        pool.store(layer, places, k, v);
        if (slices.size() == 1) {
            return attend(layer, 0, q);
        }
        TensorVector queries = torch.split_with_sizes(q, lengths, 0);
        Tensor[] outputs = new Tensor[lengths.length];
        for (int i = 0; i < outputs.length; i++) {
            outputs[i] = attend(layer, i, queries.get(i));
        }
        return torch.cat(new TensorVector(outputs), 0); // [tokens, heads x head]
    }

    /** One slice: [new, heads, head] to [new, heads x head]. */
    private Tensor attend(int layer, int index, Tensor q) {
        SequenceDecoder.Slice slice = slices.get(index);
        int length = slice.past() + slice.length();
        Tensor keys = pool.keys(layer, slice.start(), length);
        Tensor values = pool.values(layer, slice.start(), length);
        long heads = q.size(1);
        long head = q.size(2);
        if (slice.length() == 1) {
            // the heads of a group stand where a sequence of queries would, so keys are read once a group
            long groups = keys.size(1);
            Tensor out = Attention.scaledDotProduct(q.view(1, groups, heads / groups, head), keys, values, null, false);
            return out.reshape(1, heads * head);
        }
        Tensor query = q.transpose(0, 1).unsqueeze(0); // [1, heads, new, head]
        @Nullable Tensor mask = masks[index];
        Tensor out = Attention.scaledDotProduct(query, keys, values, mask, mask == null);
        return out.transpose(1, 2).reshape(slice.length(), heads * head);
    }

    /** What is added to the scores: 0 where a token may attend, -infinity where not. */
    private static Tensor mask(int past, int length) {
        float[] added = new float[length * (past + length)];
        for (int row = 0; row < length; row++) {
            int from = row * (past + length) + past + row + 1;
            Arrays.fill(added, from, (row + 1) * (past + length), Float.NEGATIVE_INFINITY);
        }
        return Tensors.of(added, length, past + length);
    }
}
