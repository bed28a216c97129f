package dev.stride.cli;

import dev.stride.experiment.RunResult;

/** What the process says when it ends; scripts rely on the numbers. */
final class ExitStatus {
    static final int DONE = 0;
    static final int FAILED = 1;
    /** The request is wrong: configuration, data, files. */
    static final int WRONG_REQUEST = 2;
    /** A guard stopped the run. */
    static final int STOPPED = 3;
    /** Interrupted; the state is saved. */
    static final int INTERRUPTED = 130;

    private ExitStatus() {}

    static int of(RunResult.Status status) {
        return switch (status) {
            case FINISHED -> DONE;
            case STOPPED -> STOPPED;
            case FAILED -> FAILED;
            case INTERRUPTED -> INTERRUPTED;
        };
    }
}
