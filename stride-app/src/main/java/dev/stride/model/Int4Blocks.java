package dev.stride.model;

import dev.stride.torch.NoGrad;
import dev.stride.torch.Operator;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Codes of 4 bits in the order in which libtorch's kernel for this CPU reads them.
 *
 * <p>The rows are cut into blocks of B. A block has B / 2 bytes for each input: byte i holds the code of row i, plus 8, in
 * its lower half and that of row i + B / 2 in its upper. B is 64 or 32, by the width of the CPU's registers, and is found
 * by packing a known matrix; where neither explains what comes out, codes stay as they are stored.
 */
final class Int4Blocks extends QuantisedWeight {
    /** From here on widening costs less than multiplying by codes: 27392 x 4096 on two cores (bench/). */
    private static final int MOST_ROWS = 128;

    /** Inputs that may share a scale in the kernel. */
    private static final int[] GROUPS = {256, 128, 64, 32};

    /** Numbers that are treated at a time, so that what is in between stays small. */
    private static final long PART = 1L << 22;

    private static final int OFFSET = 8;
    private static final String PACK = "aten::_convert_weight_to_int4pack_for_cpu";
    private static final String PRODUCT = "aten::_weight_int4pack_mm_for_cpu";

    /** Rows of a block on this CPU; 0 where the order is not known. */
    private static final int BLOCK = findBlock();

    private final long group;
    private final Tensor packed; // uint8 [out, in / 2]
    private final Tensor scales; // bfloat16 [in / group, out, 2]: scale, and what is added, which is 0

    /** @param coded codes of 4 bits that {@link #fits} */
    Int4Blocks(Quantisation quantisation, Quantisation.Codes coded) {
        super(coded.codes().size(0), coded.codes().size(1) * 2, MOST_ROWS);
        group = kernelGroup(quantisation, in());
        packed = TensorScope.outlive(() -> pack(coded.codes()));
        scales = TensorScope.outlive(() -> scales(coded.scales()));
    }

    /** Whether the kernel can read a matrix of this shape with these groups. */
    static boolean fits(Quantisation quantisation, Quantisation.Codes coded) {
        return BLOCK > 0
                && coded.codes().size(0) % BLOCK == 0
                && kernelGroup(quantisation, coded.codes().size(1) * 2) > 0;
    }

    /** The group itself, or the largest of the kernel's that divides a row with one scale; 0 where there is none. */
    private static long kernelGroup(Quantisation quantisation, long in) {
        for (int group : GROUPS) {
            if (in % group == 0 && (quantisation.group() == Quantisation.ROW || quantisation.group() == group)) {
                return group;
            }
        }
        return 0;
    }

    private Tensor scales(Tensor stored) {
        Tensor narrow = stored.to(torch.ScalarType.BFloat16).view(out(), -1); // [out, groups or 1]
        Tensor each = narrow.expand(new long[] {out(), in() / group}, false).t(); // [groups, out]
        return torch.stack(new TensorVector(each, torch.zeros_like(each)), 2).contiguous();
    }

    /** In parts of whole blocks, since what the kernel's packing takes is eight times as large as what it gives. */
    private static Tensor pack(Tensor codes) {
        try (TensorScope scope = new TensorScope()) {
            long out = codes.size(0);
            Tensor packed = Tensors.empty(torch.ScalarType.Byte, codes.device(), out, codes.size(1));
            long most = partRows(codes.size(1) * 2);
            for (long start = 0; start < out; start += most) {
                long rows = Math.min(most, out - start);
                try (TensorScope part = new TensorScope()) {
                    Tensor signed = Quantisation.unpacked(codes.narrow(0, start, rows));
                    packed.narrow(0, start, rows)
                            .copy_(packUnsigned(signed.to(torch.ScalarType.Int).add_(new Scalar(OFFSET))));
                }
            }
            return scope.handUp(packed);
        }
    }

    /** Rows of a part: whole blocks. */
    private static long partRows(long in) {
        return Math.max(1, PART / in / BLOCK) * BLOCK;
    }

    private static Tensor packUnsigned(Tensor codes) {
        return Operator.call(PACK, new IValue(codes), new IValue(1L)); // the second argument is not used on a CPU
    }

    private static Tensor lower(Tensor bytes) {
        return bytes.bitwise_and(new Scalar(15));
    }

    private static Tensor upper(Tensor bytes) {
        return bytes.__rshift__(new Scalar(4));
    }

    /** Whether these bytes are codes plus 8, [rows, in], in blocks of so many rows. */
    private static boolean explains(Tensor packed, Tensor codes, int block) {
        Tensor bytes = packed.view(codes.size(0) / block, codes.size(1), block / 2);
        Tensor rows = torch.cat(new TensorVector(lower(bytes), upper(bytes)), 2).transpose(1, 2);
        return rows.reshape(codes.size(0), codes.size(1))
                .to(torch.ScalarType.Int)
                .equal(codes);
    }

    private static int findBlock() {
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            int rows = 128;
            int in = 64;
            // every row and every input has its own sequence of codes
            long[] values = new long[rows * in];
            for (int i = 0; i < values.length; i++) {
                values[i] = (i * 2654435761L >>> 13) & 15;
            }
            Tensor codes = Tensors.of(values, rows, in).to(torch.ScalarType.Int);
            Tensor packed = packUnsigned(codes);
            for (int block : new int[] {64, 32}) {
                if (explains(packed, codes, block)) {
                    return block;
                }
            }
            return 0;
        } catch (RuntimeException e) {
            return 0; // a build of libtorch without the kernel
        }
    }

    /** It is written input by input, which moves whole blocks of rows, and given as its transpose. */
    @Override
    public Tensor matrix(torch.ScalarType type) {
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            long half = BLOCK / 2;
            Tensor transposed = Tensors.empty(type, packed.device(), in(), out());
            Tensor blocks = transposed.view(in(), out() / BLOCK, BLOCK);
            long most = partRows(in());
            for (long start = 0; start < out(); start += most) {
                long rows = Math.min(most, out() - start);
                long some = rows / BLOCK;
                try (TensorScope part = new TensorScope()) {
                    Tensor bytes = packed.narrow(0, start, rows).view(some, in(), half);
                    Tensor wide = Tensors.empty(type, packed.device(), some, in(), BLOCK);
                    wide.narrow(2, 0, half).copy_(lower(bytes));
                    wide.narrow(2, half, half).copy_(upper(bytes));
                    Tensor scale = Tensors.as(
                            scales.select(2, 0).narrow(1, start, rows).reshape(in() / group, 1, some, BLOCK),
                            type); // [groups, 1, some, block]
                    // (code + 8) x scale - 8 x scale, rounded once
                    torch.addcmul_out(
                            blocks.narrow(1, start / BLOCK, some).view(in() / group, group, some, BLOCK),
                            scale.mul(new Scalar(-OFFSET)),
                            wide.transpose(0, 1).view(in() / group, group, some, BLOCK),
                            scale);
                }
            }
            return scope.handUp(transposed.t());
        }
    }

    @Override
    Tensor codesProduct(Tensor x) {
        return Operator.call(PRODUCT, new IValue(x), new IValue(packed), new IValue(group), new IValue(scales));
    }

    @Override
    public long bytes() {
        return packed.nbytes() + scales.nbytes();
    }

    @Override
    public void close() {
        TensorScope.free(packed);
        TensorScope.free(scales);
    }
}
