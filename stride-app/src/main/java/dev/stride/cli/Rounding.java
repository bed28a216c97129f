package dev.stride.cli;

import dev.stride.checkpoint.DType;
import dev.stride.checkpoint.StoredTensor;
import dev.stride.checkpoint.TensorBytes;
import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * What casting does to numbers.
 *
 * @param largest the largest difference between a number and what becomes of it; numbers that are not finite before or
 *     after are left out
 * @param tensor where it is; empty where nothing differs
 * @param infinite finite numbers that become infinite
 * @param zero other numbers that become zero
 * @param notFinite numbers that are infinite or NaN already
 */
record Rounding(double largest, String tensor, long infinite, long zero, long notFinite) {
    /** Nothing is lost. */
    static final Rounding NONE = new Rounding(0, "", 0, 0, 0);

    /** Small enough that all steps of a part stay in a core's cache. */
    private static final long PART = 1L << 18;

    /** Whether every number of a type is a number of the other. */
    static boolean isExact(DType from, DType to) {
        return from == to || to == DType.F64 || to == DType.F32 && (from == DType.F16 || from == DType.BF16);
    }

    /** Compares a floating-point tensor with its cast. */
    static Rounding of(StoredTensor stored, DType to) {
        return of(stored, to, PART);
    }

    /** The same in parts of so many numbers. */
    static Rounding of(StoredTensor stored, DType to, long part) {
        if (isExact(stored.dtype(), to)) {
            return NONE;
        }
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            Tensor flat = TensorBytes.copy(stored, TensorBytes.scalarType(stored.dtype()))
                    .flatten();
            Rounding sum = NONE;
            for (long start = 0; start < flat.numel(); start += part) {
                long length = Math.min(part, flat.numel() - start);
                sum = sum.plus(ofPart(stored.name(), flat.narrow(0, start, length), to));
            }
            return sum;
        }
    }

    /** Both together. */
    Rounding plus(Rounding other) {
        return new Rounding(
                Math.max(largest, other.largest),
                other.largest > largest ? other.tensor : tensor,
                infinite + other.infinite,
                zero + other.zero,
                notFinite + other.notFinite);
    }

    private static Rounding ofPart(String name, Tensor part, DType to) {
        try (TensorScope scope = new TensorScope()) {
            // both are exact in float32 unless they come from float64, and so is their difference
            torch.ScalarType wide =
                    Tensors.type(part) == torch.ScalarType.Double ? torch.ScalarType.Double : torch.ScalarType.Float;
            Tensor before = Tensors.as(part, wide);
            Tensor after = part.to(TensorBytes.scalarType(to)).to(wide);
            Tensor wasFinite = before.isfinite();
            Tensor isFinite = after.isfinite();
            Scalar nothing = new Scalar(0);
            double largest = before.sub(after)
                    .abs()
                    .masked_fill(isFinite.logical_not(), nothing)
                    .max()
                    .item_double();
            return new Rounding(
                    largest,
                    largest > 0 ? name : "",
                    count(wasFinite.logical_and(isFinite.logical_not())),
                    count(after.eq(nothing).logical_and(before.ne(nothing))),
                    part.numel() - count(wasFinite));
        }
    }

    private static long count(Tensor condition) {
        return condition.sum().item_long();
    }
}
