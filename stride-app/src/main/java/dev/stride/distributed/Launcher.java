package dev.stride.distributed;

import dev.stride.config.UserException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;

/**
 * Starts the ranks of a training as processes of this machine, and ends them together: when one of them fails the others
 * are stopped, and where restarts are left all are started again, to go on from the last checkpoint.
 *
 * <p>Rank 0 writes to the outputs as if it were alone. What other ranks say goes to the error output, each line with its
 * rank before it.
 */
public final class Launcher {
    private static final int LOOK_MILLIS = 50;
    /** Set for ranks: Ctrl-C reaches them as well as the launcher, who tells them; they need not heed it themselves. */
    public static final String LAUNCHED = "STRIDE_LAUNCHED";

    private static final int WRONG_REQUEST = 2;
    private static final int STOPPED = 3;
    private static final int INTERRUPTED = 130;

    /** What libtorch's Gloo prints on standard output whether one wants it or not. */
    private static final String CHATTER = "[Gloo] Rank ";

    private final Settings settings;
    private final PrintStream out;
    private final PrintStream err;
    private final BooleanSupplier interrupted;

    /**
     * How the ranks are started.
     *
     * @param processes the number of ranks, at least 1
     * @param maxRestarts how often all are started again after a failure
     * @param grace that ranks have to end by themselves after one has failed
     * @param port where rank 0 listens; 0 takes a free one
     * @param environment more variables of each rank
     * @param input what each rank reads as the first line of its standard input, which then stays open; empty for none
     */
    public record Settings(
            int processes, int maxRestarts, Duration grace, int port, Map<String, String> environment, String input) {
        public Settings {
            environment = Map.copyOf(environment);
        }
    }

    private record Rank(int number, Process process, List<Thread> pumps) {}

    /**
     * A launcher.
     *
     * @param interrupted once true the ranks are asked to end
     */
    public Launcher(Settings settings, PrintStream out, PrintStream err, BooleanSupplier interrupted) {
        this.settings = settings;
        this.out = out;
        this.err = err;
        this.interrupted = interrupted;
    }

    /**
     * Runs all ranks to their ends.
     *
     * @param command of an attempt, from 0 on: the first starts the training, later ones go on with it
     * @return 0 where all ranks ended so; else the exit status of the first that did not, once no restart is left
     */
    public int run(IntFunction<List<String>> command) {
        for (int attempt = 0; ; attempt++) {
            int status = attempt(command.apply(attempt));
            if (isFailure(status) && interrupted.getAsBoolean()) {
                return INTERRUPTED; // before the ranks had anything to save
            }
            if (!isFailure(status) || attempt >= settings.maxRestarts()) {
                return status;
            }
            err.println("stride: all ranks start again, restart " + (attempt + 1) + " of " + settings.maxRestarts());
        }
    }

    /** A wrong request, a guard's stop and an interruption are no faults that a restart could mend. */
    private static boolean isFailure(int status) {
        return status != 0 && status != WRONG_REQUEST && status != STOPPED && status != INTERRUPTED;
    }

    private int attempt(List<String> command) {
        int port = settings.port() == 0 ? freePort() : settings.port();
        List<Rank> ranks = new ArrayList<>();
        try {
            for (int number = 0; number < settings.processes(); number++) {
                ranks.add(start(command, number, port));
            }
            int status = watch(ranks);
            for (Rank rank : ranks) {
                for (Thread pump : rank.pumps()) {
                    pump.join();
                }
            }
            return status;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return INTERRUPTED;
        } finally {
            ranks.forEach(rank -> rank.process().destroyForcibly());
        }
    }

    /**
     * Waits until all have ended; the first that fails takes the others with it. Ranks that were interrupted have all the
     * time that saving takes; ranks that a guard stopped end together by themselves.
     */
    private int watch(List<Rank> ranks) throws InterruptedException {
        int status = 0;
        boolean told = false;
        boolean failed = false;
        long end = Long.MAX_VALUE;
        while (true) {
            List<Rank> alive = new ArrayList<>();
            for (Rank rank : ranks) {
                if (rank.process().isAlive()) {
                    alive.add(rank);
                } else if (status == 0 && rank.process().exitValue() != 0) {
                    status = rank.process().exitValue();
                }
            }
            if (alive.isEmpty()) {
                return status;
            }
            if (!told && interrupted.getAsBoolean()) {
                told = true;
                alive.forEach(Launcher::askToEnd);
            }
            if (!failed && (isFailure(status) || status == WRONG_REQUEST)) {
                failed = true;
                end = System.nanoTime() + settings.grace().toNanos();
                alive.forEach(Launcher::askToEnd);
                if (isFailure(status) && !told) {
                    err.println("stride: " + failed(ranks) + "; the others are stopped");
                }
            }
            if (failed && System.nanoTime() > end) {
                alive.forEach(rank -> rank.process().toHandle().destroyForcibly());
                end = Long.MAX_VALUE;
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
    }

    /** Not by {@link Process#destroy}, which would close the rank's output before its last words. */
    private static void askToEnd(Rank rank) {
        rank.process().toHandle().destroy();
    }

    private static String failed(List<Rank> ranks) {
        for (Rank rank : ranks) {
            if (!rank.process().isAlive() && rank.process().exitValue() != 0) {
                int status = rank.process().exitValue();
                // a process that a signal ended has 128 and the signal's number
                String how = status > 128 ? "was ended by signal " + (status - 128) : "ended with status " + status;
                return "rank " + rank.number() + " (process " + rank.process().pid() + ") " + how;
            }
        }
        return "a rank failed";
    }

    private Rank start(List<String> command, int number, int port) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(settings.environment());
        builder.environment().put(LAUNCHED, "1");
        builder.environment()
                .putAll(new RankEnv(number, settings.processes(), number, "127.0.0.1", port, "stride").toEnvironment());
        try {
            Process process = builder.start();
            tell(process);
            String prefix = number == 0 ? "" : "[rank " + number + "] ";
            return new Rank(
                    number,
                    process,
                    List.of(
                            pump(process.getInputStream(), number == 0 ? out : err, prefix),
                            pump(process.getErrorStream(), err, prefix)));
        } catch (IOException e) {
            throw new UserException("rank " + number + " could not be started: " + e.getMessage());
        }
    }

    /** A rank that has ended already says more by its status than its closed input would. */
    @SuppressWarnings("EmptyCatch")
    private void tell(Process process) {
        try {
            OutputStream input = process.getOutputStream();
            if (settings.input().isEmpty()) {
                input.close();
            } else {
                input.write((settings.input() + "\n").getBytes(StandardCharsets.UTF_8));
                input.flush();
            }
        } catch (IOException ended) {
            // its status follows
        }
    }

    private static Thread pump(InputStream from, PrintStream to, String prefix) {
        Thread thread = new Thread(() -> {
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8))) {
                String line;
                while ((line = lines.readLine()) != null) {
                    if (!line.startsWith(CHATTER)) {
                        to.println(prefix + line);
                    }
                }
            } catch (IOException e) {
                to.println(prefix + "its output ended: " + e.getMessage());
            }
        });
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UserException("no free port on this machine: " + e.getMessage());
        }
    }
}
