package dev.stride.model;

import dev.stride.torch.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** One linear of a block: y = x W^T + b, and whatever an adapter adds to it. */
public final class Linear {
    private final String name;
    private final Weight weight;
    private final @Nullable Tensor bias; // [out]
    private @Nullable Addition addition;

    Linear(String name, Weight weight, @Nullable Tensor bias) {
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

    /** Rows and columns of the weight: [out, in]. */
    public long[] shape() {
        return new long[] {weight.out(), weight.in()};
    }

    /** Bytes of the weight as it is held. */
    public long bytes() {
        return weight.bytes();
    }

    /** The weight as a matrix of a type, [out, in]; itself where it is held so. */
    public Tensor matrix(torch.ScalarType type) {
        return weight.matrix(type);
    }

    /** Sets what an adapter adds; null takes it away. */
    public void setAddition(@Nullable Addition addition) {
        this.addition = addition;
    }

    /** [tokens, in] to [tokens, out], in the type of x. */
    Tensor apply(Tensor x) {
        Tensor y = Tensors.as(weight.product(x, bias), Tensors.type(x));
        return addition == null ? y : addition.addTo(x, y);
    }
}
