package dev.stride.cli;

import dev.stride.torch.Native;
import dev.stride.torch.NoGrad;
import dev.stride.torch.Precision;
import dev.stride.torch.TensorScope;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** Whether libtorch loads, and how fast it is here. */
final class LibtorchFindings {
    private static final int SIZE = 1024;
    private static final double SECONDS = 0.4;

    private LibtorchFindings() {}

    /**
     * Loads libtorch.
     *
     * @param firstUse anything that needs it
     * @return why it does not load; null when it does
     */
    static @Nullable Finding failure(Runnable firstUse) {
        try {
            firstUse.run();
            return null;
        } catch (LinkageError e) {
            Throwable cause = e;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            String advice = "The natives of the build are those of the machine that built it; build again here"
                    + " (delete stride-app/target, then ./stride doctor). Stride has natives for linux-x86_64 with glibc,"
                    + " macosx-arm64 and windows-x86_64; this is " + Loader.getPlatform();
            return Finding.missing("libtorch", version() + " does not load: " + cause.getMessage(), advice);
        }
    }

    /** What there is to say of a libtorch that took so many seconds to load. */
    static List<Finding> all(double loadSeconds) {
        List<Finding> findings = new ArrayList<>();
        findings.add(Finding.ok(
                "libtorch",
                String.format(Locale.ROOT, "%s, %s, loaded in %.1f s", version(), capability(), loadSeconds)));
        findings.add(threads(Native.threads(), Runtime.getRuntime().availableProcessors()));
        findings.add(bf16(Native.productsIn(Precision.BF16, Native.cpu()) == Precision.BF16));
        findings.add(Finding.ok(
                "matrix product",
                String.format(
                        Locale.ROOT,
                        "%d x %d: fp32 %.0f GFLOP/s, bf16 %.0f GFLOP/s",
                        SIZE,
                        SIZE,
                        gigaflops(torch.ScalarType.Float),
                        gigaflops(torch.ScalarType.BFloat16))));
        return findings;
    }

    /** The line of the threads that one operation uses. */
    static Finding threads(int threads, int cores) {
        String found = threads + " for one operation, " + cores + " cores";
        return threads <= cores
                ? Finding.ok("threads", found)
                : Finding.warn("threads", found, "More threads than cores wait for each other; --threads sets them");
    }

    /** The line of the bf16 instructions. */
    static Finding bf16(boolean available) {
        return available
                ? Finding.ok("bf16 instructions", "the CPU multiplies bf16 numbers by itself")
                : Finding.missing(
                        "bf16 instructions",
                        "none that were found",
                        "bf16 weights still take half the memory; products are made in float32");
    }

    private static String version() {
        try {
            return String.valueOf(Loader.getVersion("org.bytedeco", "pytorch"));
        } catch (IOException e) {
            return "of unknown version";
        }
    }

    private static String capability() {
        try (BytePointer text = torch.get_cpu_capability()) {
            return text.getString();
        }
    }

    /** The best of a few tenths of a second; other work on the machine can only make it less. */
    private static double gigaflops(torch.ScalarType type) {
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            Tensor a = torch.randn(SIZE, SIZE).to(type);
            Tensor b = torch.randn(SIZE, SIZE).to(type);
            double best = 0;
            long start = System.nanoTime();
            while ((System.nanoTime() - start) / 1e9 < SECONDS) {
                try (TensorScope product = new TensorScope()) {
                    long before = System.nanoTime();
                    a.mm(b);
                    best = Math.max(best, 2.0 * SIZE * SIZE * SIZE / (System.nanoTime() - before));
                }
            }
            return best;
        }
    }
}
