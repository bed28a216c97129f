package dev.stride.model;

import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * How the linears of the blocks are held in whole numbers: w is near code x scale, one scale for each group of inputs of
 * an output row (quantization.py of the published checkpoints, where a group is the whole row).
 *
 * <p>A code is the whole number nearest to w / scale, from -m to m; the scale is the group's largest |w| / m, in float16;
 * m is 127 for 8 bits and 7 for 4. Two codes of 4 bits share a byte along the inputs, in two's complement: the even
 * input's is the upper half, the odd one's the lower.
 *
 * @param bits 8 or 4
 * @param group inputs that share a scale; {@link #ROW} for all inputs of an output row
 */
public record Quantisation(int bits, int group) {
    /** One scale for each output row, as published. */
    public static final int ROW = 0;

    /** Rows that are widened at a time, so that what is in between stays small. */
    private static final int ROWS = 512;

    private static final int MOST_OF_8 = 127;
    private static final int MOST_OF_4 = 7;

    public Quantisation {
        if (bits != 8 && bits != 4) {
            throw new IllegalArgumentException("codes of " + bits + " bits");
        }
        if (group != ROW && (group < 2 || group % 2 != 0)) {
            throw new IllegalArgumentException("groups of " + group + " inputs");
        }
    }

    /**
     * A matrix in codes.
     *
     * @param codes int8 [out, in], or [out, in / 2] with two codes in a byte
     * @param scales float16 [out], or [out, in / group]
     */
    public record Codes(Tensor codes, Tensor scales) {}

    /** Whether a row of so many inputs can be cut into the groups and the bytes. */
    public boolean fits(long inputs) {
        return inputs % 2 == 0 && (group == ROW || inputs % group == 0);
    }

    /** The shape of the codes of a matrix [out, in]. */
    public long[] codesShape(long out, long in) {
        return new long[] {out, in * bits / 8};
    }

    /** The shape of the scales of a matrix [out, in]. */
    public long[] scalesShape(long out, long in) {
        return group == ROW ? new long[] {out} : new long[] {out, in / group};
    }

    /** For example {@code int4, one scale for 32 inputs}. */
    public String words() {
        return "int" + bits + ", one scale for " + (group == ROW ? "each row" : group + " inputs");
    }

    /** The codes of a matrix [out, in]; a group of zeros has the scale 0. The result belongs to the innermost scope. */
    public Codes quantise(Tensor weight) {
        long out = weight.size(0);
        long in = weight.size(1);
        int most = bits == 8 ? MOST_OF_8 : MOST_OF_4;
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            Tensor codes = Tensors.empty(torch.ScalarType.Char, weight.device(), codesShape(out, in));
            Tensor scales = Tensors.zeros(torch.ScalarType.Half, weight.device(), out, groups(in));
            for (long start = 0; start < out; start += ROWS) {
                long rows = Math.min(ROWS, out - start);
                try (TensorScope part = new TensorScope()) {
                    Tensor wide = Tensors.as(weight.narrow(0, start, rows), torch.ScalarType.Float)
                            .reshape(rows, groups(in), in / groups(in)); // [rows, groups, group]
                    Tensor scale = wide.abs().amax(new long[] {2}, true).div(new Scalar(most));
                    scales.narrow(0, start, rows).unsqueeze(2).copy_(scale);
                    Tensor rounded = scales.narrow(0, start, rows).unsqueeze(2).to(torch.ScalarType.Float);
                    // where the scale is 0 so is the group, or it is too small for float16: its codes are 0
                    Tensor inverse = rounded.reciprocal().masked_fill(rounded.eq(new Scalar(0)), new Scalar(0));
                    Tensor whole = wide.mul(inverse)
                            .round()
                            .clamp(new ScalarOptional(new Scalar(-most)), new ScalarOptional(new Scalar(most)))
                            .to(torch.ScalarType.Char)
                            .view(rows, in);
                    codes.narrow(0, start, rows).copy_(bits == 8 ? whole : packed(whole));
                }
            }
            scope.handUp(codes);
            return new Codes(codes, scope.handUp(scales.view(scalesShape(out, in))));
        }
    }

    /** The matrix [out, in] that codes stand for, in a type. The result belongs to the innermost scope. */
    public Tensor matrix(Codes coded, torch.ScalarType type) {
        Tensor codes = coded.codes();
        long out = codes.size(0);
        long in = codes.size(1) * 8 / bits;
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            Tensor matrix = Tensors.empty(type, codes.device(), out, in);
            Tensor scales = coded.scales().view(out, groups(in), 1);
            for (long start = 0; start < out; start += ROWS) {
                long rows = Math.min(ROWS, out - start);
                try (TensorScope part = new TensorScope()) {
                    Tensor some = codes.narrow(0, start, rows);
                    Tensor target = matrix.narrow(0, start, rows);
                    target.copy_(bits == 8 ? some : unpacked(some));
                    target.view(rows, groups(in), in / groups(in))
                            .mul_(Tensors.as(scales.narrow(0, start, rows), type));
                }
            }
            return scope.handUp(matrix);
        }
    }

    private long groups(long in) {
        return group == ROW ? 1 : in / group;
    }

    /** Two codes in a byte: [rows, in] to [rows, in / 2]. */
    static Tensor packed(Tensor codes) {
        Tensor pairs = codes.view(codes.size(0), codes.size(1) / 2, 2);
        Tensor upper = pairs.select(2, 0).mul(new Scalar(16)); // wraps around, as a shift does
        return upper.bitwise_or(pairs.select(2, 1).bitwise_and(new Scalar(15)));
    }

    /** The codes of two in a byte: [rows, in / 2] to [rows, in]. */
    static Tensor unpacked(Tensor bytes) {
        Tensor upper = bytes.__rshift__(new Scalar(4)); // keeps the sign
        Tensor lower =
                bytes.bitwise_and(new Scalar(15)).bitwise_xor(new Scalar(8)).sub_(new Scalar(8));
        return torch.stack(new TensorVector(upper, lower), 2).view(bytes.size(0), bytes.size(1) * 2);
    }
}
