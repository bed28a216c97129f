package dev.stride.cli;

import dev.stride.torch.Native;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;

/**
 * What stands between Stride and an NVIDIA GPU.
 *
 * @param platform the system and its processor, for example {@code linux-x86_64}
 * @param built whether the program was built with {@code -Pcuda}
 * @param driver what the driver's own tool says: a line for each GPU with name, memory and driver version
 * @param answers whether libtorch finds a device
 * @param visible {@code CUDA_VISIBLE_DEVICES}; null where it is not set
 */
record CudaFinding(
        String platform,
        boolean built,
        Commands.Answer driver,
        boolean answers,
        @Nullable String visible) {
    private static final List<String> ASK =
            List.of("nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader");

    /** CUDA 13 needs this driver. */
    private static final int OLDEST_DRIVER = 580;

    /** Looks; libtorch must have been loaded. */
    static CudaFinding look(Map<String, String> environment) {
        String platform = Loader.getPlatform();
        String library = "/org/bytedeco/pytorch/" + platform + "-gpu/" + System.mapLibraryName("jnitorch");
        return new CudaFinding(
                platform,
                CudaFinding.class.getResource(library) != null,
                Commands.ask(ASK),
                Native.cudaAvailable(),
                environment.get("CUDA_VISIBLE_DEVICES"));
    }

    Finding toFinding() {
        if (answers) {
            return Finding.ok("CUDA", driver.isGood() ? gpus() : "a device answers");
        }
        if (platform.startsWith("macosx")) {
            return Finding.missing("CUDA", "there is none for macOS", "");
        }
        List<String> missing = new ArrayList<>();
        List<String> advice = new ArrayList<>();
        if (!driver.isGood()) {
            missing.add("no NVIDIA driver answers (nvidia-smi: " + firstLine(driver.output()) + ")");
            advice.add("the CPU is used; for an NVIDIA GPU install its driver, " + OLDEST_DRIVER + " or newer");
        } else {
            missing.add(gpus());
            int version = driverVersion();
            if (version < OLDEST_DRIVER) {
                missing.add("driver " + version + " is older than " + OLDEST_DRIVER + ", which CUDA 13 needs");
                advice.add("update the driver");
            }
            if (visible != null && built) {
                missing.add("CUDA_VISIBLE_DEVICES is '" + visible + "'");
                advice.add("name a GPU there, or unset it");
            }
        }
        if (!built) {
            missing.add("this program was built without CUDA");
            advice.add("build with CUDA: delete stride-app/target, then STRIDE_MAVEN_ARGS=-Pcuda ./stride doctor");
        } else if (advice.isEmpty()) {
            missing.add("libtorch finds no device all the same");
            advice.add("see whether another program works with this GPU; in a container pass it in (--gpus all)");
        }
        return Finding.missing("CUDA", String.join("; ", missing), String.join("; ", advice));
    }

    private String gpus() {
        return String.join("; ", driver.output().lines().map(String::strip).toList());
    }

    private int driverVersion() {
        String line = firstLine(driver.output());
        String version = line.substring(line.lastIndexOf(',') + 1).strip();
        String major = version.contains(".") ? version.substring(0, version.indexOf('.')) : version;
        try {
            return Integer.parseInt(major);
        } catch (NumberFormatException e) {
            return OLDEST_DRIVER; // nothing can be said against a version that is not understood
        }
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("no output").strip();
    }
}
