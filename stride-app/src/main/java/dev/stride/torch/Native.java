package dev.stride.torch;

import dev.stride.config.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.presets.openblas_nolapack;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Stat;
import org.bytedeco.pytorch.cuda.DeviceStats;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch_cuda;

/** What libtorch keeps for the whole process: its threads, its seed, the memory it holds. */
public final class Native {
    private static final Path STATUS = Path.of("/proc/self/status");

    private Native() {}

    /**
     * Sets the number of threads of one operation; 0 leaves libtorch's choice.
     *
     * <p>Products are made by OpenBLAS, which keeps threads of its own that libtorch's setting does not reach; left alone
     * they wait for each other actively, and a product takes ten times as long on a machine that others use too.
     */
    public static void threads(int threads) {
        if (threads > 0) {
            torch.set_num_threads(threads);
            openblas_nolapack.blas_set_num_threads(threads);
        }
    }

    /** While it is open, a matrix product runs in the thread that asks for it; for operations that spread their products. */
    public static ProductThreads oneProductThread() {
        openblas_nolapack.blas_set_num_threads(1);
        return () -> openblas_nolapack.blas_set_num_threads(threads());
    }

    /** A number of threads for products, until it is closed. */
    public interface ProductThreads extends AutoCloseable {
        @Override
        void close();
    }

    /** The number of threads of one operation. */
    public static int threads() {
        return torch.get_num_threads();
    }

    /** What numbers depend on besides the run's settings: software, machine and threads, by name. */
    public static Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("java", System.getProperty("java.version") + " (" + System.getProperty("java.vendor") + ")");
        facts.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        facts.put("libtorch", String.valueOf(torch.class.getPackage().getImplementationVersion()));
        facts.put("threads", Integer.toString(threads()));
        facts.put("cpu bf16", CpuBf16.AVAILABLE ? "yes" : "no");
        facts.put("OMP_WAIT_POLICY", String.valueOf(System.getenv("OMP_WAIT_POLICY")));
        return facts;
    }

    /** Seeds the process-wide generators (dropout). */
    public static void seed(long seed) {
        torch.manual_seed(seed);
    }

    /** The resident memory of this process in bytes, Java's heap included, pages of mapped files not. */
    public static long residentBytes() {
        return Pointer.physicalBytes();
    }

    /**
     * The memory of this process in bytes, pages of mapped files included in both numbers.
     *
     * @param resident now
     * @param peak the most since {@link #forgetPeak}, or since its start; what is resident where the system does not say
     */
    public record Memory(long resident, long peak) {}

    /** What this process holds in memory: Linux's VmRSS and VmHWM, read in one go, and elsewhere what the system says. */
    public static Memory memory() {
        if (!Files.isReadable(STATUS)) {
            return new Memory(residentBytes(), residentBytes());
        }
        try {
            long resident = 0;
            long peak = 0;
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith("VmRSS:")) {
                    resident = kibibytes(line);
                } else if (line.startsWith("VmHWM:")) {
                    peak = kibibytes(line);
                }
            }
            return new Memory(resident, Math.max(resident, peak));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + STATUS + ": " + e.getMessage(), e);
        }
    }

    private static long kibibytes(String line) {
        return Long.parseLong(line.replaceAll("\\D", "")) << 10;
    }

    /**
     * What the tensors of this process hold on a CUDA device, in bytes.
     *
     * @param index of the device
     */
    public static Memory cudaMemory(int index) {
        try (DeviceStats stats = torch_cuda.getAllocator().getDeviceStats((byte) index)) {
            Stat all = stats.allocated_bytes(); // of three kinds of blocks, the first is all of them
            return new Memory(all.current(), all.peak());
        }
    }

    /** From here on the peak is that of what follows; true where the system can do that, as Linux can. */
    public static boolean forgetPeak() {
        try {
            Files.writeString(Path.of("/proc/self/clear_refs"), "5", StandardOpenOption.WRITE);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * The type in which products are really made: bf16 on a CPU without bf16 instructions is emulated, several times
     * slower than float32 (bench/), so there the weights stay in bf16 and the products are in float32.
     */
    public static Precision productsIn(Precision precision, Device device) {
        return precision == Precision.BF16 && device.is_cpu() && !CpuBf16.AVAILABLE ? Precision.FP32 : precision;
    }

    /** How many CUDA devices answer. */
    public static int cudaDevices() {
        return cudaAvailable() ? (int) torch.cuda_device_count() : 0;
    }

    /** Whether a CUDA device answers. */
    public static boolean cudaAvailable() {
        return torch.cuda_is_available();
    }

    /**
     * A CUDA card.
     *
     * @param name for example {@code NVIDIA A100-SXM4-80GB}
     * @param capability NVIDIA's compute capability, for example 8.0
     * @param memoryBytes all of its memory
     */
    public record CudaCard(String name, double capability, long memoryBytes) {
        /** Reads {@code name, capability, MiB}, a line of the driver's own tool; a name may hold commas. */
        static CudaCard parse(String line) {
            int second = line.lastIndexOf(',');
            int first = line.lastIndexOf(',', second - 1);
            if (first < 0) {
                throw new NumberFormatException("not a name, a capability and a size: " + line);
            }
            return new CudaCard(
                    line.substring(0, first).strip(),
                    Double.parseDouble(line.substring(first + 1, second).strip()),
                    Long.parseLong(line.substring(second + 1).strip()) << 20);
        }

        /** Whether it computes in bf16: from Ampere on, capability 8.0. */
        public boolean bf16() {
            return capability >= 8;
        }
    }

    /** A CUDA device as the driver's own tool says. */
    public static CudaCard cudaCard(int index) {
        List<String> command = List.of(
                "nvidia-smi",
                "--query-gpu=name,compute_cap,memory.total",
                "--format=csv,noheader,nounits",
                "--id=" + index);
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            return CudaCard.parse(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip());
        } catch (IOException | NumberFormatException e) {
            throw new UserException("train.device: cuda:" + index + "; its name and memory could not be read with "
                    + String.join(" ", command) + ": " + e.getMessage());
        }
    }

    /** A CUDA device. */
    public static Device cuda(int index) {
        return new Device(torch.DeviceType.CUDA, (byte) index);
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
