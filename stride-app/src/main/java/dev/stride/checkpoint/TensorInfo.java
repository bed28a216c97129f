package dev.stride.checkpoint;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;

/**
 * What is known of a tensor without touching its elements.
 *
 * @param dtype the element type
 * @param shape the dimensions; empty for a single number
 * @param file the file that holds it
 */
public record TensorInfo(DType dtype, long[] shape, Path file) {
    public TensorInfo {
        Objects.requireNonNull(dtype, "dtype");
        Objects.requireNonNull(file, "file");
        shape = shape.clone();
    }

    @Override
    public long[] shape() {
        return shape.clone();
    }

    /** Bytes of all elements. */
    public long numBytes() {
        return Shapes.bytes(dtype, shape);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TensorInfo that
                && dtype == that.dtype
                && Arrays.equals(shape, that.shape)
                && file.equals(that.file);
    }

    @Override
    public int hashCode() {
        return Objects.hash(dtype, Arrays.hashCode(shape), file);
    }

    @Override
    public String toString() {
        return dtype + Shapes.text(shape) + " in " + file;
    }
}
