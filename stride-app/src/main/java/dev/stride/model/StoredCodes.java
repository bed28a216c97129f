package dev.stride.model;

import dev.stride.torch.Operator;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** Codes and scales as they are stored. Those of 8 bits with a scale for each row have a product of their own. */
final class StoredCodes extends QuantisedWeight {
    /** From here on widening costs less than multiplying by codes: 27392 x 4096 on two cores (bench/). */
    private static final int MOST_ROWS = 32;

    /** What the kernel reads at once; narrower matrices are left to the widened product. */
    private static final int MULTIPLE = 32;

    private static final String PRODUCT = "aten::_weight_int8pack_mm";

    private final Quantisation quantisation;
    private final Quantisation.Codes coded;
    private final @Nullable Tensor kernelScales; // bfloat16 [out]

    StoredCodes(Quantisation quantisation, Quantisation.Codes coded, boolean kernels, Device device) {
        super(
                coded.codes().size(0),
                coded.codes().size(1) * 8 / quantisation.bits(),
                kernels && fits(quantisation, coded) ? MOST_ROWS : 0);
        this.quantisation = quantisation;
        this.coded = new Quantisation.Codes(
                TensorScope.outlive(() -> new Tensor(Tensors.onto(coded.codes(), device))),
                TensorScope.outlive(() -> new Tensor(Tensors.onto(coded.scales(), device))));
        this.kernelScales = kernels && fits(quantisation, coded)
                ? TensorScope.outlive(() -> coded.scales().to(torch.ScalarType.BFloat16))
                : null;
    }

    private static boolean fits(Quantisation quantisation, Quantisation.Codes coded) {
        return quantisation.bits() == 8
                && quantisation.group() == Quantisation.ROW
                && coded.codes().size(0) % MULTIPLE == 0
                && coded.codes().size(1) % MULTIPLE == 0;
    }

    @Override
    public Tensor matrix(torch.ScalarType type) {
        return quantisation.matrix(coded, type);
    }

    @Override
    Tensor codesProduct(Tensor x) {
        if (kernelScales == null) {
            throw new IllegalStateException("no product with these codes");
        }
        return Operator.call(PRODUCT, new IValue(x), new IValue(coded.codes()), new IValue(kernelScales));
    }

    @Override
    public long bytes() {
        return coded.codes().nbytes() + coded.scales().nbytes() + (kernelScales == null ? 0 : kernelScales.nbytes());
    }

    @Override
    public void close() {
        TensorScope.free(coded.codes());
        TensorScope.free(coded.scales());
        if (kernelScales != null) {
            TensorScope.free(kernelScales);
        }
    }
}
