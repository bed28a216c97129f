package dev.stride.cli;

import dev.stride.config.Problem;
import dev.stride.config.RunConfig;
import dev.stride.config.UserException;
import dev.stride.torch.Native;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
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
            defaultValue = "auto",
            description =
                    "Processes on this machine that train together, each with a device of its own; auto is one for"
                            + " each CUDA device that is visible, and one where --device names one or there is none. Default:"
                            + " ${DEFAULT-VALUE}.")
    private String processes = "auto";

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

    /** How many are to be started for this training. */
    int processes(RunConfig asked) {
        return processes(asked, Native::cudaDevices);
    }

    /** @param devices counts the CUDA devices that are visible */
    int processes(RunConfig asked, IntSupplier devices) {
        if (!processes.equals("auto")) {
            return Integer.parseInt(processes);
        }
        return asked.isGiven("train.device") ? 1 : Math.max(1, devices.getAsInt());
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
