package dev.stride.model;

import dev.stride.torch.Tensors;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * A frozen matrix in whole numbers with scales. It owns its memory.
 *
 * <p>For few rows libtorch multiplies by the codes as they are read, in bf16 with sums in float32, since reading them is
 * all the work. For more rows, on a way back, in float32, and on any other device the matrix is widened for the product
 * and let go. Where the lines cross is measured in bench/.
 */
public abstract sealed class QuantisedWeight implements Weight, AutoCloseable permits StoredCodes, Int4Blocks {
    private final long out;
    private final long in;
    private final int mostRows;

    /** @param mostRows up to so many rows the product is made with the codes; 0 for never */
    QuantisedWeight(long out, long in, int mostRows) {
        this.out = out;
        this.in = in;
        this.mostRows = mostRows;
    }

    /**
     * A weight that shares or copies what it needs; the caller's tensors stay the caller's.
     *
     * @param narrow whether products may be made in bf16; otherwise they are those of the widened matrix in the type of x
     */
    public static QuantisedWeight of(
            Quantisation quantisation, Quantisation.Codes coded, boolean narrow, Device device) {
        boolean kernels = narrow && device.is_cpu();
        if (kernels && quantisation.bits() == 4 && Int4Blocks.fits(quantisation, coded)) {
            return new Int4Blocks(quantisation, coded);
        }
        return new StoredCodes(quantisation, coded, kernels, device);
    }

    @Override
    public final long out() {
        return out;
    }

    @Override
    public final long in() {
        return in;
    }

    @Override
    public final Tensor product(Tensor x, @Nullable Tensor bias) {
        if (x.size(0) > mostRows || x.requires_grad()) {
            return Weight.plain(x, matrix(Tensors.type(x)), bias);
        }
        Tensor product = codesProduct(Tensors.as(x, torch.ScalarType.BFloat16));
        return bias == null ? product : product.add_(Tensors.as(bias, torch.ScalarType.BFloat16));
    }

    /** x W^T with the codes: bfloat16 [rows, in] to bfloat16 [rows, out]. */
    abstract Tensor codesProduct(Tensor x);

    @Override
    public abstract void close();
}
