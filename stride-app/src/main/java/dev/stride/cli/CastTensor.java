package dev.stride.cli;

import dev.stride.checkpoint.DType;
import dev.stride.checkpoint.TensorBytes;
import dev.stride.checkpoint.TensorSource;
import dev.stride.checkpoint.WeightReader;
import dev.stride.torch.TensorScope;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/**
 * A stored tensor that is cast when it is written, so that one tensor at a time is in memory.
 *
 * @param reader must be open while the tensor is written
 * @param name its name there and in the new file
 * @param dtype the type to write
 */
record CastTensor(WeightReader reader, String name, DType dtype) implements TensorSource {
    @Override
    public long[] shape() {
        return reader.info(name).shape();
    }

    @Override
    public void writeTo(WritableByteChannel channel) throws IOException {
        try (TensorScope scope = new TensorScope()) {
            new TensorBytes(name, TensorBytes.copy(reader.read(name), TensorBytes.scalarType(dtype)), dtype)
                    .writeTo(channel);
        }
    }
}
