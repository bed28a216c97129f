package dev.stride.model;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Segments laid end to end: each attends causally to itself alone, positions restart at 0.
 *
 * <p>Every segment is its own call, so no work is done on pairs of tokens of different segments, and the result of a
 * segment does not depend on its neighbours. Grouped keys are not copied: they enter as a view with stride 0 over the
 * heads of a group.
 */
final class PackedAttention implements Attention {
    private final long[] lengths;
    private final int[] positions;

    PackedAttention(int[] segmentLengths) {
        lengths = new long[segmentLengths.length];
        int total = 0;
        for (int i = 0; i < lengths.length; i++) {
            lengths[i] = segmentLengths[i];
            total += segmentLengths[i];
        }
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
    public Tensor attend(int layer, Tensor q, Tensor k, Tensor v) {
        if (lengths.length == 1) {
            return segment(q, k, v);
        }
        TensorVector qs = torch.split_with_sizes(q, lengths, 0);
        TensorVector ks = torch.split_with_sizes(k, lengths, 0);
        TensorVector vs = torch.split_with_sizes(v, lengths, 0);
        Tensor[] outputs = new Tensor[lengths.length];
        for (int i = 0; i < outputs.length; i++) {
            outputs[i] = segment(qs.get(i), ks.get(i), vs.get(i));
        }
        return torch.cat(new TensorVector(outputs), 0); // [tokens, heads x head]
    }

    private static Tensor segment(Tensor q, Tensor k, Tensor v) {
        long length = q.size(0);
        long heads = q.size(1);
        long groups = k.size(1);
        long head = q.size(2);
        long perGroup = heads / groups;
        Tensor query = q.view(length, groups, perGroup, head).permute(1, 2, 0, 3);
        Tensor key = k.permute(1, 0, 2).unsqueeze(1).expand(groups, perGroup, length, head);
        Tensor value = v.permute(1, 0, 2).unsqueeze(1).expand(groups, perGroup, length, head);
        Tensor out = Attention.scaledDotProduct(query, key, value, null, true); // [groups, per group, length, head]
        return out.permute(2, 0, 1, 3).reshape(length, heads * head);
    }
}
