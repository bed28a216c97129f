package dev.stride.spark;

import dev.stride.config.UserException;
import dev.stride.sweep.TrialLauncher;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;

/**
 * Trials as Spark's jobs, each of one task and in a job group of its own. A task whose executor is lost, or whose process
 * crashes, is tried again by Spark, and its process goes on from the trial's newest checkpoint.
 */
final class SparkLauncher implements TrialLauncher {
    private static final Duration EXECUTORS = Duration.ofSeconds(120); // Spark looks for a master for a minute
    private static final long PAUSE_MILLIS = 100;

    private final JavaSparkContext spark;
    private final Program program;
    private int started;

    SparkLauncher(JavaSparkContext spark, Program program) {
        this.spark = spark;
        this.program = program;
    }

    /**
     * Waits for the first executor.
     *
     * @throws UserException if none comes, or nobody answers as the master
     */
    void await(String address) {
        long end = System.nanoTime() + EXECUTORS.toNanos();
        while (!spark.isLocal() && !hasExecutor()) {
            if (spark.sc().isStopped()) {
                throw new UserException("--on " + address + ": no Spark master answers there. Look whether it runs at"
                        + " this address and is of Spark 4.2");
            }
            if (System.nanoTime() - end > 0) {
                throw new UserException("--on " + address + ": no worker has started an executor within "
                        + EXECUTORS.toSeconds() + " seconds. Look whether workers have cores and memory free");
            }
            pause();
        }
    }

    private boolean hasExecutor() {
        // the driver is one of those that are listed
        return !spark.sc().isStopped() && spark.statusTracker().getExecutorInfos().length > 1;
    }

    /** Cores of the executors that have come by now. */
    @Override
    public int slots() {
        return spark.sc().isStopped()
                ? 1
                : Math.max(1, spark.defaultParallelism() / spark.getConf().getInt("spark.task.cpus", 1));
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while Spark starts its executors", e);
        }
    }

    @Override
    public Launched start(String name, String order) {
        if (spark.sc().isStopped()) {
            return new Lost();
        }
        String group = "trial " + name + " " + started++;
        spark.setJobGroup(group, name, true);
        try {
            JavaFutureAction<List<TaskEnd>> job = spark.parallelize(List.of(order), 1)
                    .map(new TrialTask(program))
                    .collectAsync();
            return new Job(group, job);
        } finally {
            spark.clearJobGroup();
        }
    }

    @Override
    public void close() {
        spark.close();
    }

    /** A trial's job. */
    private final class Job implements Launched {
        private final String group;
        private final JavaFutureAction<List<TaskEnd>> job;

        Job(String group, JavaFutureAction<List<TaskEnd>> job) {
            this.group = group;
            this.job = job;
        }

        @Override
        public @Nullable Outcome outcome() {
            if (!job.isDone()) {
                return null;
            }
            try {
                TaskEnd end = job.get().get(0);
                return new Outcome(end.status(), end.said());
            } catch (CancellationException e) {
                return new Outcome(null, "its job was cancelled");
            } catch (ExecutionException e) {
                return new Outcome(null, firstLine(Objects.requireNonNullElse(e.getCause(), e)));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while a trial's job ends", e);
            }
        }

        @Override
        public void cancel() {
            if (spark.sc().isStopped()) {
                return;
            }
            spark.sc().cancelJobGroup(group);
        }
    }

    /** A trial that was to be started after Spark had gone. */
    private static final class Lost implements Launched {
        @Override
        public Outcome outcome() {
            return new Outcome(null, "Spark has stopped; --resume goes on once it runs again");
        }

        @Override
        public void cancel() {
            // nothing runs
        }
    }

    /** Spark's messages go on with the stack of the executor. */
    private static String firstLine(Throwable error) {
        String message = Objects.requireNonNullElse(error.getMessage(), error.toString());
        return message.lines().findFirst().orElse("");
    }
}
