package dev.stride.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;

/** {@code data check} for tests of other packages. */
public final class CheckRun {
    private CheckRun() {}

    /** Fails where a file is not training data for a model. */
    public static void passes(Path model, Path data) {
        VerbRun run = VerbRun.of("data", "check", data, "--model", model);
        assertThat(run.status()).as(run.out() + run.err()).isZero();
    }
}
