package dev.stride.checkpoint;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Views that are not contiguous: how far they reach into a storage, and their elements in row-major order. */
final class Strides {
    private Strides() {}

    static boolean anyNegative(long[] strides) {
        return Arrays.stream(strides).anyMatch(stride -> stride < 0);
    }

    /** Whether the elements already lie in row-major order without gaps; a dimension of 1 may have any stride. */
    static boolean isContiguous(long[] shape, long[] strides) {
        if (Shapes.elements(shape) == 0) {
            return true;
        }
        long expected = 1;
        for (int i = shape.length - 1; i >= 0; i--) {
            if (shape[i] != 1 && strides[i] != expected) {
                return false;
            }
            expected *= shape[i];
        }
        return true;
    }

    /**
     * Elements from the first to behind the last one of a view with strides from 0.
     *
     * @throws ArithmeticException when that does not fit into a long
     */
    static long reach(long[] shape, long[] strides) {
        if (Shapes.elements(shape) == 0) {
            return 0;
        }
        long last = 0;
        for (int i = 0; i < shape.length; i++) {
            last = Math.addExact(last, Math.multiplyExact(shape[i] - 1, strides[i]));
        }
        return Math.addExact(last, 1);
    }

    /** The elements of a view that begins at the storage's position 0, each {@code width} bytes wide, in row-major order. */
    static ByteBuffer gather(ByteBuffer storage, long[] shape, long[] strides, int width) {
        int count = Math.toIntExact(Shapes.elements(shape));
        ByteBuffer gathered = ByteBuffer.allocate(Math.multiplyExact(count, width));
        long[] index = new long[shape.length];
        long at = 0;
        for (int i = 0; i < count; i++) {
            gathered.put(i * width, storage, (int) at * width, width);
            for (int axis = shape.length - 1; axis >= 0; axis--) {
                at += strides[axis];
                if (++index[axis] < shape[axis]) {
                    break;
                }
                at -= strides[axis] * shape[axis];
                index[axis] = 0;
            }
        }
        return gathered;
    }
}
