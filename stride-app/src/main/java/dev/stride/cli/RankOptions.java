package dev.stride.cli;

import dev.stride.config.Problem;
import dev.stride.config.UserException;
import dev.stride.torch.Native;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** How many processes train a run, and what becomes of them; options of {@code train} and {@code launch}. */
final class RankOptions {
    static final String PROCESSES = "--nproc";
    static final String RESTARTS = "--max-restarts";
    static final String PORT = "--master-port";
    static final String TIMEOUT = "--rank-timeout";

    private static final int MIN_TIMEOUT = 5;

    @Option(
            names = PROCESSES,
            paramLabel = "<auto|N>",
            defaultValue = "1",
            description =
                    "Processes on this machine that train together, each with a device of its own; auto is one for each"
                            + " CUDA device. Default: ${DEFAULT-VALUE}.")
    private String processes = "1";

    @Option(
            names = RESTARTS,
            paramLabel = "N",
            defaultValue = "0",
            description = "How often all processes start again from the last checkpoint after one has failed. Default:"
                    + " ${DEFAULT-VALUE}.")
    private int maxRestarts;

    @Option(
            names = PORT,
            paramLabel = "PORT",
            defaultValue = "0",
            description =
                    "Where the first process listens for the others; 0 takes a free one. Default: ${DEFAULT-VALUE}.")
    private int port;

    @Option(
            names = TIMEOUT,
            paramLabel = "SECONDS",
            defaultValue = "60",
            description =
                    "How long a process may show no sign of life, and how long the others are waited for at the start."
                            + " Default: ${DEFAULT-VALUE}.")
    private int timeout = 60;

    /** Says all that is wrong with them. */
    void check() {
        List<Problem> problems = new ArrayList<>();
        if (!processes.equals("auto") && !processes.matches("[1-9]\\d{0,3}")) {
            problems.add(Problem.of(PROCESSES, processes, "auto, or a number from 1"));
        }
        if (maxRestarts < 0) {
            problems.add(Problem.of(RESTARTS, Integer.toString(maxRestarts), "0 or more"));
        }
        PageAddress.check(PORT, port, problems);
        if (timeout < MIN_TIMEOUT) {
            problems.add(Problem.of(TIMEOUT, Integer.toString(timeout), MIN_TIMEOUT + " seconds or more"));
        }
        if (!problems.isEmpty()) {
            throw new UserException("the processes cannot be started like this", problems);
        }
    }

    int processes() {
        return processes.equals("auto") ? Math.max(1, Native.cudaDevices()) : Integer.parseInt(processes);
    }

    int maxRestarts() {
        return maxRestarts;
    }

    int port() {
        return port;
    }

    int timeoutSeconds() {
        return timeout;
    }
}
