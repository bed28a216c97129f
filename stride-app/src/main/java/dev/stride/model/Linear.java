package dev.stride.model;

import dev.stride.torch.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** One linear of a block: y = x W^T + b, and whatever an adapter adds to it. */
public final class Linear {
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

    Tensor apply(Tensor x) {
        torch.ScalarType type = x.scalar_type();
        Tensor w = Tensors.as(weight, type);
        Tensor y = bias == null ? torch.linear(x, w) : torch.linear(x, w, Tensors.as(bias, type));
        return addition == null ? y : addition.addTo(x, y);
    }
}
