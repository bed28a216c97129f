package dev.stride.model;

import dev.stride.torch.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** One linear of a block: y = x W^T + b, and whatever an adapter adds to it. */
public final class Linear {
    private static final int FEW_ROWS = 16;

    private final String name;
    private final Tensor weight; // [out, in]
    private final @Nullable Tensor bias; // [out]
    private @Nullable Addition addition;

    Linear(String name, Tensor weight, @Nullable Tensor bias) {
        this.name = name;
        this.weight = weight;
        this.bias = bias;
    }

    /** What an adapter adds to a linear's output. */
    public interface Addition {
        /**
         * The output with the addition.
         *
         * @param input [tokens, in]
         * @param output [tokens, out], what the frozen linear gave
         */
        Tensor addTo(Tensor input, Tensor output);
    }

    /** The name of the weight without {@code .weight}, as in the checkpoint. */
    public String name() {
        return name;
    }

    /** [out, in]. */
    public Tensor weight() {
        return weight;
    }

    /** Sets what an adapter adds; null takes it away. */
    public void setAddition(@Nullable Addition addition) {
        this.addition = addition;
    }

    /**
     * [tokens, in] to [tokens, out], in the type of x.
     *
     * <p>A 16-bit weight under a float32 x (a CPU without bf16 instructions) is widened for the product, which is worth
     * its cost for many rows; for few the product itself is made in 16 bits, since reading the weight is all the work.
     */
    Tensor apply(Tensor x) {
        torch.ScalarType type = Tensors.type(x);
        boolean narrow = x.size(0) <= FEW_ROWS && type == torch.ScalarType.Float && !x.requires_grad();
        Tensor input = narrow ? Tensors.as(x, Tensors.type(weight)) : x;
        Tensor w = Tensors.as(weight, Tensors.type(input));
        Tensor product =
                bias == null ? torch.linear(input, w) : torch.linear(input, w, Tensors.as(bias, Tensors.type(input)));
        Tensor y = Tensors.as(product, type);
        return addition == null ? y : addition.addTo(x, y);
    }
}
