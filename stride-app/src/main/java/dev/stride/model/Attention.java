package dev.stride.model;

import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** Who attends to whom in one forward pass, and where each token stands. */
interface Attention {
    /** The position of each token, as the rotary embedding counts them. */
    int[] positions();

    /** New tokens of the longest row. */
    int longestRow();

    /**
     * The heads' outputs of one layer.
     *
     * @param layer the block's index
     * @param q turned queries [tokens, heads, head]
     * @param k turned keys [tokens, groups, head]
     * @param v values [tokens, groups, head]
     * @return [tokens, heads x head]
     */
    Tensor attend(int layer, Tensor q, Tensor k, Tensor v);

    /** Softmax of scaled dot products over [rows, heads, length, head]; query head h uses key head h / (heads per group). */
    static Tensor scaledDotProduct(Tensor q, Tensor k, Tensor v, @Nullable Tensor mask, boolean causal) {
        return torch.scaled_dot_product_attention(
                q,
                k,
                v,
                mask == null ? new TensorOptional() : new TensorOptional(mask),
                0.0,
                causal,
                new DoubleOptional(),
                true);
    }
}
