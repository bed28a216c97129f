package dev.stride.spark;

import dev.stride.sweep.TrialLauncher;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What an executor does for a trial: starts its process and waits for it, so that a crash in native code ends that process
 * and not the executor. Where the task is killed the process is asked to save and to end; where the executor is killed the
 * process sees the end of its input and does the same.
 *
 * <p>Executors have Spark and this class, not Stride: nothing of it is used here.
 */
final class TrialTask implements Function<String, TaskEnd> {
    private static final long serialVersionUID = 1;

    private static final long LOOK_MILLIS = 200;
    private static final long GRACE_SECONDS = 30;
    private static final int LAST_LINES = 20;
    /** The run has come to an end or the request is wrong: trying again would change nothing. */
    private static final Set<Integer> FINAL = Set.of(0, 1, 2, 3);

    private static final int FAILED = 1;

    private final ArrayList<String> arguments;
    private final HashMap<String, String> environment;
    private final String folder;
    private final @Nullable Share share;
    private final String name;

    /**
     * A trial's task.
     *
     * @param share where the trial's folder lies; null where that is the same path on all machines
     * @param name of the trial
     */
    TrialTask(TrialLauncher.Program program, @Nullable Share share, String name) {
        this.share = share;
        this.name = name;
        this.arguments = new ArrayList<>(program.arguments());
        this.environment = new HashMap<>(program.environment());
        this.folder = program.folder().toString();
    }

    @Override
    public TaskEnd call(String order) throws IOException, InterruptedException {
        return run(order, Map.of());
    }

    /**
     * The same for one of several processes of a trial.
     *
     * @param rank the variables that say which it is
     */
    TaskEnd run(String order, Map<String, String> rank) throws IOException, InterruptedException {
        if (share == null) {
            return train(order, rank, null);
        }
        try (TrialCopy copy = TrialCopy.begin(share, name)) {
            return train(order, rank, copy);
        }
    }

    private TaskEnd train(String order, Map<String, String> rank, @Nullable TrialCopy copy)
            throws IOException, InterruptedException {
        Process process = start(rank, copy);
        try {
            Deque<String> last = new ArrayDeque<>();
            Thread reader = read(process, last);
            OutputStream input = process.getOutputStream();
            tell(input, order);
            int status = await(process, copy);
            reader.join(TimeUnit.SECONDS.toMillis(GRACE_SECONDS));
            String said;
            synchronized (last) {
                said = String.join("\n", last);
            }
            boolean anothersFault = status == FAILED && !rank.isEmpty(); // a rank that lost another ends so
            if (!FINAL.contains(status) || anothersFault) {
                throw new IllegalStateException(
                        "the trial's process was ended with status " + status + (said.isEmpty() ? "" : ": " + said));
            }
            return new TaskEnd(status, said);
        } finally {
            end(process);
        }
    }

    private Process start(Map<String, String> rank, @Nullable TrialCopy copy) throws IOException {
        if (copy == null && !Files.isDirectory(Path.of(folder))) {
            throw new IllegalStateException("the folder " + folder + " of the sweep is not on this machine; trials need"
                    + " a file system that all machines have at the same path, or --share");
        }
        List<String> command = new ArrayList<>();
        command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
        command.addAll(arguments);
        if (copy != null) {
            command.addAll(List.of("--folder", copy.folder().toString()));
        }
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(
                        copy == null ? new File(folder) : copy.scratchFolder().toFile())
                .redirectErrorStream(true);
        Map<String, String> variables = builder.environment();
        variables.putAll(environment);
        variables.putAll(rank);
        return builder.start();
    }

    /** A process that has ended already says more by its status than its closed input would. */
    @SuppressWarnings("EmptyCatch")
    private static void tell(OutputStream input, String order) {
        try {
            input.write((order + "\n").getBytes(StandardCharsets.UTF_8));
            input.flush();
        } catch (IOException ended) {
            // its status follows
        }
    }

    private static int await(Process process, @Nullable TrialCopy copy) throws IOException, InterruptedException {
        while (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
            if (TaskContext.get().isInterrupted()) {
                throw new InterruptedException("the trial is cancelled");
            }
            if (copy != null) {
                copy.check();
            }
        }
        return process.exitValue();
    }

    private static Thread read(Process process, Deque<String> last) {
        Thread thread = new Thread(() -> {
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                String line;
                while ((line = lines.readLine()) != null) {
                    synchronized (last) {
                        last.add(line);
                        if (last.size() > LAST_LINES) {
                            last.remove();
                        }
                    }
                }
            } catch (IOException e) {
                synchronized (last) {
                    last.add("its output ended: " + e.getMessage());
                }
            }
        });
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** Asks the process to save and to end, and ends it where it does not; nothing where it has ended. */
    private static void end(Process process) {
        process.destroy();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(GRACE_SECONDS);
        boolean interrupted = false;
        while (process.isAlive() && System.nanoTime() - end < 0) {
            try {
                process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                interrupted = true; // it is being ended already
            }
        }
        process.destroyForcibly();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
