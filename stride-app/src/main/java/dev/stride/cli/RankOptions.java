package dev.stride.cli;

import dev.stride.config.Problem;
import dev.stride.config.RunConfig;
import dev.stride.config.UserException;
import dev.stride.torch.Native;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How many processes train a run, and what becomes of them; options of {@code train}, {@code launch} and {@code sweep}. */
final class RankOptions {
    static final String PROCESSES = "--nproc";
    static final String RESTARTS = "--max-restarts";
    static final String PORT = "--master-port";
    static final String TIMEOUT = "--rank-timeout";

    private static final int MIN_TIMEOUT = 5;

    @Option(
            names = PROCESSES,
            paramLabel = "<auto|N>",
            description =
                    "Processes on this machine that train together, each with a device of its own; auto is one for"
                            + " each CUDA device that is visible, and one where --device names one or there is none. Default:"
                            + " auto for train and launch, 1 for sweep.")
    private @Nullable String processes;

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

    private final String otherwise;

    /** Of a verb that takes all devices. */
    RankOptions() {
        this("auto");
    }

    /** @param otherwise how many processes there are where nothing is said */
    RankOptions(String otherwise) {
        this.otherwise = otherwise;
    }

    private String asked() {
        return Objects.requireNonNullElse(processes, otherwise);
    }

    /** Says all that is wrong with them. */
    void check() {
        List<Problem> problems = new ArrayList<>();
        if (!asked().equals("auto") && !asked().matches("[1-9]\\d{0,3}")) {
            problems.add(Problem.of(PROCESSES, asked(), "auto, or a number from 1"));
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
        if (!asked().equals("auto")) {
            return Integer.parseInt(asked());
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
