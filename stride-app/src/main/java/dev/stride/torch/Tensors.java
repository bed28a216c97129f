package dev.stride.torch;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.LayoutOptional;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/** Arrays to tensors and back, and the few makers of tensors that the other rooms need. */
public final class Tensors {
    private Tensors() {}

    /** A float32 tensor with a copy of the values. */
    public static Tensor of(float[] values, long... shape) {
        return Tensor.create(values, shape);
    }

    /** An int64 tensor with a copy of the values, for indices and token ids. */
    public static Tensor of(long[] values, long... shape) {
        return Tensor.create(values, shape);
    }

    /** A one-dimensional int64 tensor on a device, for indices and token ids. */
    public static Tensor indices(int[] values, Device device) {
        long[] longs = new long[values.length];
        for (int i = 0; i < values.length; i++) {
            longs[i] = values[i];
        }
        return onto(Tensor.create(longs, longs.length), device);
    }

    /** A boolean tensor with a copy of the values. */
    public static Tensor of(boolean[] values, long... shape) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) (values[i] ? 1 : 0);
        }
        return Tensor.create(bytes, shape).to(torch.ScalarType.Bool);
    }

    /** Zeros of a type on a device. */
    public static Tensor zeros(torch.ScalarType type, Device device, long... shape) {
        return torch.zeros(shape, options(type, device));
    }

    /** Memory of a type on a device, with any content. */
    public static Tensor empty(torch.ScalarType type, Device device, long... shape) {
        return torch.empty(shape, options(type, device), new MemoryFormatOptional());
    }

    /** The options that name a type and a device. */
    public static TensorOptions options(torch.ScalarType type, Device device) {
        return new TensorOptions(device).dtype(new ScalarTypeOptional(type));
    }

    /** The tensor on a device, itself when it is there already. */
    public static Tensor onto(Tensor tensor, Device device) {
        if (device.is_cpu() && tensor.device().is_cpu()) {
            return tensor;
        }
        return tensor.to(
                new ScalarTypeOptional(),
                new LayoutOptional(),
                new DeviceOptional(device),
                new BoolOptional(),
                false,
                false,
                new MemoryFormatOptional());
    }

    /** The type of a tensor; the binding's own method gives a new object each time, which no {@code ==} finds equal. */
    public static torch.ScalarType type(Tensor tensor) {
        return tensor.scalar_type().intern();
    }

    /** The tensor in a type, itself when it has it already. */
    public static Tensor as(Tensor tensor, torch.ScalarType type) {
        return type(tensor) == type ? tensor : tensor.to(type);
    }

    /**
     * The gradient that a leaf has gathered. libtorch hands out a reference into the leaf itself; this is a tensor of its
     * own, which may outlive the leaf.
     *
     * @return undefined where there is none yet
     */
    public static Tensor gradient(Tensor leaf) {
        return new Tensor(leaf.grad());
    }

    /** All values as float32, in row-major order; the tensor may have any floating type, strides and device. */
    public static float[] floats(Tensor tensor) {
        try (TensorScope scope = new TensorScope()) {
            Tensor plain = tensor.detach().cpu().to(torch.ScalarType.Float).contiguous();
            float[] values = new float[Math.toIntExact(plain.numel())];
            if (values.length > 0) {
                new FloatPointer(plain.data_ptr()).get(values);
            }
            return values;
        }
    }

    /** All values as int64, in row-major order. */
    public static long[] longs(Tensor tensor) {
        try (TensorScope scope = new TensorScope()) {
            Tensor plain = tensor.detach().cpu().to(torch.ScalarType.Long).contiguous();
            long[] values = new long[Math.toIntExact(plain.numel())];
            if (values.length > 0) {
                new LongPointer(plain.data_ptr()).get(values);
            }
            return values;
        }
    }

    /** The bytes of a contiguous tensor on the CPU; valid while the tensor lives. */
    public static BytePointer bytes(Tensor tensor) {
        return new BytePointer(tensor.data_ptr()).capacity(tensor.nbytes());
    }
}
