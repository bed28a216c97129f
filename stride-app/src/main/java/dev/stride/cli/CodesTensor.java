package dev.stride.cli;

import dev.stride.checkpoint.DType;
import dev.stride.checkpoint.StoredTensor;
import dev.stride.checkpoint.TensorBytes;
import dev.stride.checkpoint.TensorSource;
import dev.stride.checkpoint.WeightReader;
import dev.stride.config.UserException;
import dev.stride.model.ChatGlmModel;
import dev.stride.model.Quantisation;
import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The codes of a stored weight, or their scales, computed when they are written, so that one tensor at a time is in memory.
 *
 * @param reader must be open while the tensor is written
 * @param weight the name of the weight [out, in]
 * @param scales whether these are the scales
 */
record CodesTensor(WeightReader reader, String weight, Quantisation quantisation, boolean scales)
        implements TensorSource {
    @Override
    public String name() {
        return scales ? weight + ChatGlmModel.SCALE : weight;
    }

    @Override
    public DType dtype() {
        return scales ? DType.F16 : DType.I8;
    }

    @Override
    public long[] shape() {
        long[] shape = reader.info(weight).shape();
        return scales ? quantisation.scalesShape(shape[0], shape[1]) : quantisation.codesShape(shape[0], shape[1]);
    }

    /**
     * Writes codes or scales.
     *
     * @throws UserException when a scale is infinite or not a number
     */
    @Override
    public void writeTo(WritableByteChannel channel) throws IOException {
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            StoredTensor stored = reader.read(weight);
            Quantisation.Codes codes =
                    quantisation.quantise(TensorBytes.copy(stored, TensorBytes.scalarType(stored.dtype())));
            if (!codes.scales().isfinite().all().item_bool()) {
                throw new UserException(
                        weight + ": holds numbers that are infinite, not a number, or beyond the reach of a"
                                + " float16 scale; such a weight cannot be quantised");
            }
            TensorBytes.of(name(), scales ? codes.scales() : codes.codes()).writeTo(channel);
        }
    }

    /**
     * A quantised weight as the matrix that its codes stand for, computed when it is written.
     *
     * @param reader must be open while the tensor is written
     * @param name of the weight
     * @param shape of the matrix, [out, in]
     * @param dtype float16, bfloat16 or float32
     */
    record Widened(WeightReader reader, String name, long[] shape, Quantisation quantisation, DType dtype)
            implements TensorSource {
        @Override
        public void writeTo(WritableByteChannel channel) throws IOException {
            try (TensorScope scope = new TensorScope()) {
                Tensor matrix = quantisation.matrix(
                        dev.stride.checkpoint.ModelLoader.codes(reader, name), torch.ScalarType.Float);
                Tensor cast = matrix.to(TensorBytes.scalarType(dtype));
                if (!cast.isfinite().all().item_bool()) {
                    throw new UserException(name + ": holds numbers beyond " + dtype.torchName()
                            + "; bfloat16 and float32 reach further");
                }
                TensorBytes.of(name, cast).writeTo(channel);
            }
        }
    }
}
