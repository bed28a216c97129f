package dev.stride.cli;

import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option {@code --serve} of verbs that train: the dashboard in the same process, which never ends the training. */
final class ServeOption {
    @Option(
            names = "--serve",
            arity = "0..1",
            fallbackValue = "" + Dashboard.PORT,
            paramLabel = "PORT",
            description =
                    "Show the run on a local page while it is trained, at this port or ${FALLBACK-VALUE}; 0 takes a"
                            + " free one.")
    private @Nullable Integer port;

    /** @throws UserException if the port can be none */
    void check() {
        List<Problem> problems = new ArrayList<>();
        if (port != null) {
            PageAddress.check("--serve", port, problems);
        }
        if (!problems.isEmpty()) {
            throw new UserException("the page cannot be served like this", problems);
        }
    }

    /** What is closed when the training ends. */
    interface Served extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Serves where that was asked for. A port that cannot be had is no reason not to train: for the usual one a free one is
     * taken, for another there is no page, and both are said.
     */
    Served open(Path folder, Console console) {
        if (port == null) {
            return () -> {};
        }
        try {
            // the training makes it too, but later
            Files.createDirectories(folder);
        } catch (IOException e) {
            return failed(e, console);
        }
        try {
            return served(Dashboard.open(folder, new PageAddress(PageAddress.LOOPBACK, port)), console);
        } catch (RuntimeException e) {
            if (port != Dashboard.PORT) {
                return failed(e, console);
            }
        }
        try {
            Dashboard other = Dashboard.open(folder, new PageAddress(PageAddress.LOOPBACK, 0));
            console.say("port " + Dashboard.PORT + " is taken, so the page is at another one");
            return served(other, console);
        } catch (RuntimeException e) {
            return failed(e, console);
        }
    }

    private static Served served(Dashboard dashboard, Console console) {
        console.say("watch it at " + dashboard.url());
        return () -> {
            try {
                dashboard.close();
            } catch (RuntimeException e) {
                console.say("warning: the page did not end in order: " + e.getMessage());
            }
        };
    }

    private static Served failed(Exception error, Console console) {
        console.say("warning: there is no page to watch: " + error.getMessage());
        return () -> {};
    }

    /**
     * The folder that is shown for a run: its parent, with the runs beside it; the run's own where the parent holds everything
     * that a user or a machine has.
     */
    static Path around(Path run) {
        Path folder = run.toAbsolutePath().normalize();
        Path parent = folder.getParent();
        boolean wide = parent == null
                || parent.getParent() == null
                || parent.equals(Path.of(System.getProperty("user.home")))
                || parent.equals(Path.of(System.getProperty("java.io.tmpdir")));
        return parent == null || wide ? folder : parent;
    }
}
