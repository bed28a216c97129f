package dev.stride;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Other people's programs that Stride's files and calls are tested against: MLflow and TensorBoard, as
 * {@code src/test/tools/install.sh} puts them into a folder.
 */
public final class TestTools {
    private static final int PATIENCE_SECONDS = 180;

    private TestTools() {}

    /** The folder of the tools; where it is absent the test is skipped, visibly. */
    public static Path require() {
        String named = System.getenv("STRIDE_TEST_TOOLS");
        Path folder = named == null || named.isEmpty()
                ? SharedFolder.projectRoot().resolve("stride-app/target/tools")
                : Path.of(named);
        assumeTrue(
                Files.isExecutable(folder.resolve("bin/python")),
                "SKIPPED: there is no " + folder + "/bin/python, so nothing was compared with MLflow and TensorBoard;"
                        + " stride-app/src/test/tools/install.sh puts them there, or STRIDE_TEST_TOOLS names their folder");
        return folder;
    }

    /** A program of the tools, in no need of anything outside of this machine; its output goes to a file. */
    public static ProcessBuilder program(Path tools, Path log, List<String> command) {
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment()
                .putAll(Map.of(
                        "MLFLOW_DISABLE_TELEMETRY", "true",
                        "DO_NOT_TRACK", "true",
                        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false",
                        "PYTHONWARNINGS", "ignore",
                        "PATH", tools.resolve("bin").toAbsolutePath() + ":" + System.getenv("PATH")));
        return builder;
    }

    /** What a program printed that ends by itself. */
    public static String output(ProcessBuilder builder, Path log) throws Exception {
        Process process = builder.start();
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new AssertionError(builder.command() + " did not do its work:\n" + Files.readString(log));
            }
            return Files.readString(log);
        } finally {
            end(process);
        }
    }

    /** Ends a program and what it started. */
    public static void end(Process process) throws InterruptedException {
        List<ProcessHandle> children = process.descendants().toList();
        process.destroy();
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
        children.forEach(ProcessHandle::destroyForcibly);
    }

    /** A port of this machine that is free now. */
    public static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
