package dev.stride.model;

import dev.stride.torch.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** The matrix of a linear, [out, in], however it is held. */
sealed interface Weight permits DenseWeight, QuantisedWeight {
    /** Rows. */
    long out();

    /** Columns. */
    long in();

    /** Bytes that it holds, and that a product with few rows reads. */
    long bytes();

    /** The matrix in a type; itself where it is held so. */
    Tensor matrix(torch.ScalarType type);

    /**
     * x W^T + b: [tokens, in] to [tokens, out], in the type of x or, for few rows, in 16 bits.
     *
     * @param bias [out]
     */
    Tensor product(Tensor x, @Nullable Tensor bias);

    /** The product with the matrix in the type of x. */
    static Tensor plain(Tensor x, Tensor matrix, @Nullable Tensor bias) {
        return bias == null ? torch.linear(x, matrix) : torch.linear(x, matrix, Tensors.as(bias, Tensors.type(x)));
    }
}
