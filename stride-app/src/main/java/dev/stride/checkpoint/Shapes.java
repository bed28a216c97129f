package dev.stride.checkpoint;

import java.util.Arrays;

/** Arithmetic on shapes that come from files: a product that would overflow is an error, never a small number. */
final class Shapes {
    private Shapes() {}

    /**
     * The number of elements; 1 for the shape {@code []} of a single number.
     *
     * @throws ArithmeticException when a dimension is negative or the product does not fit into a long
     */
    static long elements(long[] shape) {
        long product = 1;
        boolean empty = false;
        for (long dimension : shape) {
            if (dimension < 0) {
                throw new ArithmeticException("a dimension is negative: " + text(shape));
            }
            empty |= dimension == 0;
            product = Math.multiplyExact(product, Math.max(dimension, 1));
        }
        return empty ? 0 : product;
    }

    /**
     * The number of bytes that a contiguous tensor takes.
     *
     * @throws ArithmeticException when it does not fit into a long
     */
    static long bytes(DType dtype, long[] shape) {
        return Math.multiplyExact(elements(shape), (long) dtype.bytes());
    }

    /** The shape as people write it: {@code [65024, 4096]}. */
    static String text(long[] shape) {
        return Arrays.toString(shape);
    }
}
