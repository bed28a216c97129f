package dev.stride.cli;

import dev.stride.distributed.Launcher;
import dev.stride.sweep.TrialLauncher;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** This program as a trial's process starts it on another machine, where it lies at the same path. */
final class TrialPrograms {
    /** What the launcher script sets for libtorch and its pools of threads. */
    private static final List<String> VARIABLES = List.of(
            "STRIDE_HOME",
            "OMP_WAIT_POLICY",
            "GOMP_SPINCOUNT",
            "OPENBLAS_THREAD_TIMEOUT",
            "MALLOC_MMAP_THRESHOLD_",
            "MALLOC_ARENA_MAX",
            "MALLOC_TRIM_THRESHOLD_");

    private TrialPrograms() {}

    /** As this process was started, but for Spark's own settings. */
    static TrialLauncher.Program of(Map<String, String> environment, int rankTimeoutSeconds) {
        List<String> arguments = ThisProgram.arguments(TrialVerb.NAME);
        arguments.removeIf(argument -> argument.startsWith("-Dspark."));
        arguments.addAll(List.of(RankOptions.TIMEOUT, Integer.toString(rankTimeoutSeconds)));
        Map<String, String> variables = new TreeMap<>(Map.of(Launcher.LAUNCHED, "1", "STRIDE_TERMINAL", "0"));
        VARIABLES.forEach(name -> {
            String value = environment.get(name);
            if (value != null) {
                variables.put(name, value);
            }
        });
        return new TrialLauncher.Program(arguments, variables, Path.of("").toAbsolutePath());
    }
}
