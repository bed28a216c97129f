package dev.stride.cli;

import dev.stride.config.Numbers;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.javacpp.Loader;

/** What can be said of the machine without libtorch. */
final class MachineFindings {
    private static final long GIB = 1L << 30;
    private static final String LAUNCHER = "Start with ./stride, which sets it, or set it before the JVM starts: ";

    private final Map<String, String> environment;
    private final Path folder;

    /**
     * Looks around.
     *
     * @param environment the process's
     * @param folder where runs would be written
     */
    MachineFindings(Map<String, String> environment, Path folder) {
        this.environment = environment;
        this.folder = folder.toAbsolutePath();
    }

    List<Finding> all() {
        List<Finding> findings = new ArrayList<>(List.of(java(), maven(), system(), processor(), memory()));
        findings.add(disk(
                "disk, this folder",
                folder,
                5 * GIB,
                "A checkpoint of ChatGLM3-6B takes 12.5 GB, an adapter" + " some MB; --out names another folder"));
        findings.add(cache());
        findings.add(waitPolicy());
        findings.add(poolsSleep());
        findings.add(malloc());
        return findings;
    }

    private static Finding java() {
        return Finding.ok(
                "Java",
                Runtime.version() + ", " + System.getProperty("java.vendor") + ", " + System.getProperty("java.home"));
    }

    /** Maven builds the program; a built one runs without it. */
    Finding maven() {
        for (String folderOnPath : environment.getOrDefault("PATH", "").split(File.pathSeparator)) {
            for (String name : List.of("mvn", "mvn.cmd")) {
                Path program = Path.of(folderOnPath, name);
                if (!folderOnPath.isEmpty() && Files.isExecutable(program)) {
                    return Finding.ok("Maven", program.toString());
                }
            }
        }
        return Finding.missing("Maven", "no mvn on the PATH", "Needed only to build; Debian: apt install maven");
    }

    private static Finding system() {
        return Finding.ok(
                "system",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + ", "
                        + System.getProperty("os.arch"));
    }

    private Finding processor() {
        return Finding.ok(
                "CPU", processorName() + ", " + Runtime.getRuntime().availableProcessors() + " cores for this process");
    }

    private String processorName() {
        Optional<String> linux = value(lines(Path.of("/proc/cpuinfo")), "model name");
        if (linux.isPresent()) {
            return linux.get();
        }
        String windows = environment.get("PROCESSOR_IDENTIFIER");
        if (windows != null) {
            return windows;
        }
        Commands.Answer mac = Commands.ask(List.of("sysctl", "-n", "machdep.cpu.brand_string"));
        return mac.isGood() ? mac.output() : System.getProperty("os.arch");
    }

    private static Finding memory() {
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long total = system.getTotalMemorySize();
        return memory(total, available(lines(Path.of("/proc/meminfo")), total, system.getFreeMemorySize()));
    }

    /** The memory line for bytes in all and bytes available. */
    static Finding memory(long total, long available) {
        String found = Numbers.bytes(available) + " available of " + Numbers.bytes(total);
        return available >= 2 * GIB
                ? Finding.ok("memory", found)
                : Finding.warn(
                        "memory",
                        found,
                        "Enough for small models only; LoRA on ChatGLM3-6B in bf16 takes about 16 GB, answering in int4"
                                + " 6.5 GB. Close other"
                                + " programs or use a larger machine");
    }

    /**
     * What new memory a process could get: what the kernel estimates, which counts caches that it would drop, unless this
     * process is in a container with less than the machine has.
     */
    static long available(List<String> meminfo, long total, long free) {
        Optional<Long> machine = value(meminfo, "MemTotal").map(MachineFindings::kilobytes);
        Optional<Long> estimate = value(meminfo, "MemAvailable").map(MachineFindings::kilobytes);
        boolean contained = machine.isEmpty() || total < machine.get();
        return contained ? free : estimate.orElse(free);
    }

    private static long kilobytes(String text) {
        return Long.parseLong(text.replaceAll("\\D", "")) << 10;
    }

    private Finding cache() {
        String name = "disk, natives";
        try {
            return disk(
                    name,
                    Loader.getCacheDir().toPath(),
                    GIB,
                    "libtorch is unpacked there once (364 MB); -Dorg.bytedeco.javacpp.cachedir in"
                            + " STRIDE_JAVA_OPTIONS names another folder");
        } catch (IOException e) {
            return Finding.missing(
                    name,
                    "no folder to unpack libtorch into: " + e.getMessage(),
                    "Name one with -Dorg.bytedeco.javacpp.cachedir in STRIDE_JAVA_OPTIONS");
        }
    }

    private static Finding disk(String name, Path folder, long enough, String advice) {
        Path existing = folder.toAbsolutePath();
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        try {
            long free = Files.getFileStore(existing).getUsableSpace();
            String found = Numbers.bytes(free) + " free in " + folder;
            return free >= enough ? Finding.ok(name, found) : Finding.warn(name, found, advice);
        } catch (IOException e) {
            return Finding.warn(name, "cannot be read: " + e.getMessage(), advice);
        }
    }

    /** Without it two pools of threads spin against each other. */
    Finding waitPolicy() {
        String name = "OMP_WAIT_POLICY";
        String value = environment.get(name);
        return value != null && value.equalsIgnoreCase("passive")
                ? Finding.ok(name, value)
                : Finding.warn(
                        name,
                        value == null ? "not set" : value,
                        LAUNCHER + name + "=passive; training is two to five times slower without it");
    }

    /** Threads that wait actively after their work take a core from whatever comes next. */
    Finding poolsSleep() {
        String name = "thread pools";
        List<String> missing = new ArrayList<>();
        if (!environment.containsKey("GOMP_SPINCOUNT")) {
            missing.add("GOMP_SPINCOUNT=20000");
        }
        if (!environment.containsKey("OPENBLAS_THREAD_TIMEOUT")) {
            missing.add("OPENBLAS_THREAD_TIMEOUT=20");
        }
        return missing.isEmpty()
                ? Finding.ok(name, "sleep soon after their work")
                : Finding.warn(
                        name,
                        "wait actively after their work",
                        LAUNCHER + String.join(" ", missing) + "; about a tenth of the time of a step");
    }

    /** Matters to glibc alone, but does no harm elsewhere. */
    Finding malloc() {
        List<String> missing = new ArrayList<>();
        for (String name : List.of("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_")) {
            if (!environment.containsKey(name)) {
                missing.add(name);
            }
        }
        return missing.isEmpty()
                ? Finding.ok("MALLOC_*", "large blocks are kept for the next step")
                : Finding.warn(
                        "MALLOC_*",
                        String.join(", ", missing) + " not set",
                        LAUNCHER + String.join("=4294967296, ", missing)
                                + "=4294967296; else large blocks go back to the kernel at every step");
    }

    /** The first value of a key in lines of {@code key : value}. */
    static Optional<String> value(List<String> lines, String key) {
        return lines.stream()
                .filter(line -> line.startsWith(key))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst();
    }

    private static List<String> lines(Path file) {
        try {
            return Files.isReadable(file) ? Files.readAllLines(file, StandardCharsets.UTF_8) : List.of();
        } catch (IOException e) {
            return List.of();
        }
    }
}
