package dev.stride.checkpoint;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/**
 * A tensor that can be written: its bytes are asked for one tensor at a time, so a whole model never has to be in memory.
 */
public interface TensorSource {
    /** The tensor's full name, for example {@code transformer.output_layer.weight}. */
    String name();

    /** The element type. */
    DType dtype();

    /** The dimensions; empty for a single number. */
    long[] shape();

    /**
     * Writes the elements in row-major order, little-endian: exactly {@link #numBytes()} bytes. The channel takes all
     * that a buffer holds in one call.
     */
    void writeTo(WritableByteChannel channel) throws IOException;

    /** How many bytes {@link #writeTo} gives. */
    default long numBytes() {
        return Shapes.bytes(dtype(), shape());
    }
}
