package dev.stride.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import java.util.Objects;

/**
 * A tensor as it lies on disk: contiguous, row-major, little-endian.
 *
 * <p>Read tensors are views of the mapped file: no bytes are copied until they are looked at, and the view stays good
 * after its reader is closed, until the garbage collector takes it. A mapped file must not be shortened meanwhile.
 *
 * @param name the full name
 * @param dtype the element type
 * @param shape the dimensions; empty for a single number
 * @param bytes the elements, from position 0 to the limit, in little-endian order; each call gives its own view
 */
public record StoredTensor(String name, DType dtype, long[] shape, ByteBuffer bytes) implements TensorSource {
    public StoredTensor {
        Objects.requireNonNull(name, "name");
        shape = shape.clone();
        bytes = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.remaining() != Shapes.bytes(dtype, shape)) {
            throw new IllegalArgumentException(name + ": " + bytes.remaining() + " bytes for " + dtype
                    + Shapes.text(shape) + ", which takes " + Shapes.bytes(dtype, shape));
        }
    }

    @Override
    public long[] shape() {
        return shape.clone();
    }

    @Override
    public ByteBuffer bytes() {
        return bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void writeTo(WritableByteChannel channel) throws IOException {
        channel.write(bytes());
    }

    /** Whether name, type, shape and every byte are equal. */
    @Override
    public boolean equals(Object other) {
        return other instanceof StoredTensor that
                && name.equals(that.name)
                && dtype == that.dtype
                && Arrays.equals(shape, that.shape)
                && bytes.equals(that.bytes);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, dtype, Arrays.hashCode(shape));
    }

    @Override
    public String toString() {
        return name + " " + dtype + Shapes.text(shape);
    }
}
