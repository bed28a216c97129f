package dev.stride.checkpoint;

import dev.stride.torch.Native;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Tensors to bytes on disk and back, of any device, strides and floating type.
 *
 * @param name the name on disk
 * @param tensor is borrowed, and read when the file is written
 * @param dtype the type on disk
 */
public record TensorBytes(String name, Tensor tensor, DType dtype) implements TensorSource {
    /** A tensor to be written in the type that it has. */
    public static TensorBytes of(String name, Tensor tensor) {
        return new TensorBytes(name, tensor, dtype(Tensors.type(tensor)));
    }

    /** A copy of a stored tensor in libtorch's memory, in a type; it belongs to the innermost scope. */
    public static Tensor copy(StoredTensor stored, torch.ScalarType type) {
        long[] shape = stored.shape();
        ByteBuffer bytes = stored.bytes();
        try (TensorScope scope = new TensorScope()) {
            if (!bytes.hasRemaining()) {
                return scope.handUp(Tensors.zeros(type, Native.cpu(), shape));
            }
            Tensor view =
                    torch.from_blob(pointer(bytes), shape, Tensors.options(scalarType(stored.dtype()), Native.cpu()));
            return scope.handUp(stored.dtype() == dtype(type) ? torch.clone(view) : view.to(type));
        } finally {
            // the mapping lasts only as long as its buffer is reachable
            Reference.reachabilityFence(bytes);
        }
    }

    private static BytePointer pointer(ByteBuffer bytes) {
        if (bytes.isDirect()) {
            return new BytePointer(bytes);
        }
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        return new BytePointer(copy);
    }

    @Override
    public long[] shape() {
        return tensor.shape();
    }

    @Override
    public void writeTo(WritableByteChannel channel) throws IOException {
        try (TensorScope scope = new TensorScope()) {
            Tensor plain = Tensors.as(tensor.detach().cpu(), scalarType(dtype)).contiguous();
            if (plain.numel() == 0) {
                return;
            }
            ByteBuffer bytes = Tensors.bytes(plain).asByteBuffer();
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }
    }

    /** libtorch's word for a type on disk. */
    public static torch.ScalarType scalarType(DType dtype) {
        return switch (dtype) {
            case F32 -> torch.ScalarType.Float;
            case F16 -> torch.ScalarType.Half;
            case BF16 -> torch.ScalarType.BFloat16;
            case F64 -> torch.ScalarType.Double;
            case I64 -> torch.ScalarType.Long;
            case I32 -> torch.ScalarType.Int;
            case I8 -> torch.ScalarType.Char;
            case U8 -> torch.ScalarType.Byte;
            case BOOL -> torch.ScalarType.Bool;
        };
    }

    private static DType dtype(torch.ScalarType type) {
        for (DType dtype : DType.values()) {
            if (scalarType(dtype) == type) {
                return dtype;
            }
        }
        throw new IllegalArgumentException("no type on disk for " + type);
    }
}
