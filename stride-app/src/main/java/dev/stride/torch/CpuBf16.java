package dev.stride.torch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Whether this CPU multiplies bf16 numbers by itself. */
final class CpuBf16 {
    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

    /** Whether there are such instructions; false where it cannot be told. */
    static final boolean AVAILABLE = detect();

    private CpuBf16() {}

    private static boolean detect() {
        if (!Files.isReadable(CPU_INFO)) {
            return false;
        }
        try (Stream<String> lines = Files.lines(CPU_INFO)) {
            return lines.filter(line -> line.startsWith("flags") || line.startsWith("Features"))
                    .limit(1)
                    .map(line -> Arrays.asList(line.split("\\s+")))
                    .anyMatch(CpuBf16::names);
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean names(List<String> flags) {
        return flags.contains("avx512_bf16") || flags.contains("amx_bf16") || flags.contains("bf16");
    }
}
