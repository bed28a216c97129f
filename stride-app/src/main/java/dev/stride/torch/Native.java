package dev.stride.torch;

import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.global.torch;

/** What libtorch keeps for the whole process: its threads, its seed, the memory it holds. */
public final class Native {
    private Native() {}

    /** Sets the number of threads of one operation; 0 leaves libtorch's choice. */
    public static void threads(int threads) {
        if (threads > 0) {
            torch.set_num_threads(threads);
        }
    }

    /** The number of threads of one operation. */
    public static int threads() {
        return torch.get_num_threads();
    }

    /** Seeds the process-wide generators (dropout). */
    public static void seed(long seed) {
        torch.manual_seed(seed);
    }

    /** The resident memory of this process in bytes, Java's heap included. */
    public static long residentBytes() {
        return Pointer.physicalBytes();
    }

    /**
     * The type in which products are really made: bf16 on a CPU without bf16 instructions is emulated, several times
     * slower than float32 (bench/), so there the weights stay in bf16 and the products are in float32.
     */
    public static Precision productsIn(Precision precision, Device device) {
        return precision == Precision.BF16 && device.is_cpu() && !CpuBf16.AVAILABLE ? Precision.FP32 : precision;
    }

    /** Whether a CUDA device answers. */
    public static boolean cudaAvailable() {
        return torch.cuda_is_available();
    }

    /** The CPU. */
    public static Device cpu() {
        return new Device(torch.DeviceType.CPU);
    }

    /** A constant for an operation's argument. */
    public static Scalar scalar(double value) {
        return new Scalar(value);
    }
}
