package dev.stride.cli;

import dev.stride.distributed.Launcher;
import dev.stride.sweep.TrialLauncher;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Trials of a sweep on this machine, each trained by several processes together, one trial after the other. */
final class RankedTrials implements TrialLauncher {
    /** Ranks that were asked to end save first; the sweep itself does not wait longer for it. */
    private static final long PATIENCE_SECONDS = 90;

    private final RankOptions options;
    private final int processes;
    private final Program program;
    private final ExecutorService queue = Executors.newSingleThreadExecutor();
    private final List<Trial> started = new ArrayList<>();

    RankedTrials(RankOptions options, int processes, Program program) {
        this.options = options;
        this.processes = processes;
        this.program = program;
    }

    @Override
    public int slots() {
        return 1;
    }

    @Override
    public Launched start(String name, Path folder, String order) {
        Trial trial = new Trial(order);
        started.add(trial);
        return trial;
    }

    @Override
    public void close() {
        started.forEach(Trial::cancel);
        queue.shutdown();
        try {
            if (!queue.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                queue.shutdownNow(); // ends the processes
            }
        } catch (InterruptedException e) {
            queue.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    /** One trial, which waits for those before it. */
    private final class Trial implements Launched {
        private final AtomicBoolean cancelled = new AtomicBoolean();
        private final LastLines said = new LastLines();
        private final Future<Integer> status;

        Trial(String order) {
            status = queue.submit(() -> train(order));
        }

        private @Nullable Integer train(String order) {
            if (cancelled.get()) {
                return null;
            }
            Launcher.Settings settings = new Launcher.Settings(
                    processes, options.maxRestarts(), RankLaunch.GRACE, options.port(), program.environment(), order);
            PrintStream heard = said.stream();
            List<String> command = new ArrayList<>(List.of(ThisProgram.java()));
            command.addAll(program.arguments());
            return new Launcher(settings, heard, heard, cancelled::get).run(attempt -> command);
        }

        @Override
        public @Nullable Outcome outcome() {
            if (!status.isDone()) {
                return null;
            }
            try {
                return new Outcome(status.get(), said.text());
            } catch (ExecutionException e) {
                return new Outcome(null, String.valueOf(e.getCause()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while a trial ends", e);
            }
        }

        @Override
        public void cancel() {
            cancelled.set(true);
        }
    }

    /** The end of what processes say. */
    private static final class LastLines {
        private static final int KEPT = 20;

        private final Deque<String> lines = new ArrayDeque<>();

        PrintStream stream() {
            ByteArrayOutputStream line = new ByteArrayOutputStream() {
                @Override
                public synchronized void flush() {
                    toString(StandardCharsets.UTF_8).lines().forEach(LastLines.this::add);
                    reset();
                }
            };
            return new PrintStream(line, true, StandardCharsets.UTF_8);
        }

        private synchronized void add(String line) {
            lines.add(line);
            if (lines.size() > KEPT) {
                lines.remove();
            }
        }

        synchronized String text() {
            return String.join("\n", lines);
        }
    }
}
