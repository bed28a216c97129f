package dev.stride.cli;

import dev.stride.config.UserException;
import dev.stride.distributed.RankEnv;
import dev.stride.distributed.Ranks;
import dev.stride.experiment.RunResult;
import dev.stride.sweep.TrialProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** A process of one trial that a sweep runs elsewhere ({@code sweep --on, --nproc}); nobody types it. */
@Command(
        name = TrialVerb.NAME,
        hidden = true,
        description = "Trains one trial of a sweep, as the sweep's order on the standard input says.",
        footer = {"", "Example: stride sweep --on 'local[2]' starts it"})
final class TrialVerb implements Verb {
    static final String NAME = "trial";

    private final Console console;
    private final InputStream input;

    @Option(names = RankOptions.TIMEOUT, paramLabel = "SECONDS", defaultValue = "60")
    private int timeout = 60;

    @Option(
            names = "--folder",
            paramLabel = "DIR",
            description = "The run's folder on this machine, where it is not the one of the order.")
    private @Nullable Path folder;

    TrialVerb(Console console, InputStream input) {
        this.console = console;
        this.input = input;
    }

    @Override
    public Integer call() {
        BufferedReader lines = new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8));
        String order;
        try {
            order = lines.readLine();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the order of the sweep: " + e.getMessage(), e);
        }
        if (order == null) {
            throw new UserException("trial: there is no order on the standard input; sweep starts this by itself");
        }
        Interrupt interrupt = Interrupt.install(console);
        AtomicBoolean left = watch(lines);
        BooleanSupplier ended = () -> interrupt.getAsBoolean() || left.get();
        RankEnv env = RankEnv.of(System.getenv());
        RunResult.Status status;
        try (Ranks ranks = RankJoin.join(env, order, timeout, console)) {
            status = TrialProcess.run(order, folder, ranks, config -> RankJoin.planned(config, env, true), ended);
            ranks.done();
        }
        // a run that the order holds on its way is saved like an interrupted one, but it is where it is to be
        boolean held = status == RunResult.Status.INTERRUPTED && !ended.getAsBoolean();
        return held ? ExitStatus.DONE : ExitStatus.of(status);
    }

    /** Whoever started this process holds its input open; once that ends, by whatever, the trial is to be saved. */
    private static AtomicBoolean watch(BufferedReader lines) {
        AtomicBoolean left = new AtomicBoolean();
        Thread thread = new Thread(() -> {
            try {
                while (lines.readLine() != null) {
                    continue;
                }
            } catch (IOException e) {
                left.set(true);
            }
            left.set(true);
        });
        thread.setDaemon(true);
        thread.start();
        return left;
    }
}
