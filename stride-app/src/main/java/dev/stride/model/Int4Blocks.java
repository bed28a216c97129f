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
    private static final int MOST_ROWS = 64;

    /** Inputs that may share a scale in the kernel. */
    private static final int[] GROUPS = {256, 128, 64, 32};

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

    private static Tensor pack(Tensor codes) {
        return packUnsigned(
                Quantisation.unpacked(codes).to(torch.ScalarType.Int).add_(new Scalar(OFFSET)));
    }

    private static Tensor packUnsigned(Tensor codes) {
        return Operator.call(PACK, new IValue(codes), new IValue(1L)); // the second argument is not used on a CPU
    }

    /** Codes plus 8: uint8 [rows / block, block, in], of rows that are whole blocks. */
    private static Tensor unpack(Tensor packed, int block) {
        long in = packed.size(1) * 2;
        Tensor bytes = packed.view(packed.size(0) / block, in, block / 2);
        Tensor lower = bytes.bitwise_and(new Scalar(15));
        Tensor upper = bytes.__rshift__(new Scalar(4));
        return torch.cat(new TensorVector(lower, upper), 2).transpose(1, 2);
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
                if (unpack(packed, block)
                        .reshape(rows, in)
                        .to(torch.ScalarType.Int)
                        .equal(codes)) {
                    return block;
                }
            }
            return 0;
        } catch (RuntimeException e) {
            return 0; // a build of libtorch without the kernel
        }
    }

    @Override
    public Tensor matrix(torch.ScalarType type) {
        long chunk = 512; // rows that are widened at a time, so that what is in between stays small
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            Tensor matrix = Tensors.empty(type, packed.device(), out(), in());
            Tensor byRow = scales.select(2, 0).t(); // [out, groups]
            for (long start = 0; start < out(); start += chunk) {
                long rows = Math.min(chunk, out() - start);
                try (TensorScope part = new TensorScope()) {
                    Tensor target = matrix.narrow(0, start, rows);
                    target.view(rows / BLOCK, BLOCK, in()).copy_(unpack(packed.narrow(0, start, rows), BLOCK));
                    target.sub_(new Scalar(OFFSET));
                    target.view(rows, in() / group, group)
                            .mul_(Tensors.as(byRow.narrow(0, start, rows), type).unsqueeze(2));
                }
            }
            return scope.handUp(matrix);
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
