package dev.stride.cli;

import dev.stride.checkpoint.Adapter;
import dev.stride.checkpoint.AdapterFiles.Factor;
import dev.stride.checkpoint.DType;
import dev.stride.checkpoint.TensorBytes;
import dev.stride.checkpoint.TensorSource;
import dev.stride.checkpoint.WeightReader;
import dev.stride.config.Numbers;
import dev.stride.config.UserException;
import dev.stride.peft.LoraTuning;
import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A linear's weight with its adapter merged in, W + scale x B A in float32 and cast back to the type of W; computed when it
 * is written, so that one tensor at a time is in memory.
 *
 * @param base must be open while the tensor is written
 * @param adapter must be open while the tensor is written
 * @param module the linear's name, without {@code .weight}
 */
record MergedTensor(WeightReader base, Adapter adapter, String module) implements TensorSource {
    @Override
    public String name() {
        return module + ".weight";
    }

    @Override
    public DType dtype() {
        return base.info(name()).dtype();
    }

    @Override
    public long[] shape() {
        return base.info(name()).shape();
    }

    /**
     * Writes the sum.
     *
     * @throws UserException when a finite weight would become infinite
     */
    @Override
    public void writeTo(WritableByteChannel channel) throws IOException {
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            Tensor weight = TensorBytes.copy(base.read(name()), TensorBytes.scalarType(dtype()));
            Tensor a = TensorBytes.copy(adapter.read(module, Factor.A), torch.ScalarType.Float);
            Tensor b = TensorBytes.copy(adapter.read(module, Factor.B), torch.ScalarType.Float);
            Tensor merged = LoraTuning.merged(weight, a, b, adapter.config().scaling());
            long lost = weight.isfinite()
                    .logical_and(merged.isfinite().logical_not())
                    .sum()
                    .item_long();
            if (lost > 0) {
                throw new UserException(name() + ": " + Numbers.count(lost) + " numbers of the sum are beyond "
                        + dtype().torchName() + "; convert the base to float32 first (stride convert --dtype float32)");
            }
            TensorBytes.of(name(), merged).writeTo(channel);
        }
    }
}
