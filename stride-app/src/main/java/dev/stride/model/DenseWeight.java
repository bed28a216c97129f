package dev.stride.model;

import dev.stride.torch.Tensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A matrix as a tensor of its shape, which may train.
 *
 * <p>A 16-bit matrix under a float32 x (a CPU without bf16 instructions) is widened for the product, which is worth its
 * cost for many rows; for few the product itself is made in 16 bits, since reading the matrix is all the work.
 */
record DenseWeight(Tensor tensor) implements Weight {
    private static final int FEW_ROWS = 16;

    @Override
    public long out() {
        return tensor.size(0);
    }

    @Override
    public long in() {
        return tensor.size(1);
    }

    @Override
    public long bytes() {
        return tensor.nbytes();
    }

    @Override
    public Tensor matrix(torch.ScalarType type) {
        return Tensors.as(tensor, type);
    }

    @Override
    public Tensor product(Tensor x, @Nullable Tensor bias) {
        boolean narrow = x.size(0) <= FEW_ROWS && Tensors.type(x) == torch.ScalarType.Float && !x.requires_grad();
        Tensor input = narrow ? Tensors.as(x, Tensors.type(tensor)) : x;
        return Weight.plain(input, matrix(Tensors.type(input)), bias);
    }
}
