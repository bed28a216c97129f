package dev.stride.spark;

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
    private static final Duration EXECUTORS = Duration.ofSeconds(30);
    private static final long PAUSE_MILLIS = 100;

    private final JavaSparkContext spark;
    private final Program program;
    private int started;

    SparkLauncher(JavaSparkContext spark, Program program) {
        this.spark = spark;
        this.program = program;
    }

    /** Cores of the executors that have come by now; a cluster is given some time to start the first one. */
    @Override
    public int slots() {
        long end = System.nanoTime() + EXECUTORS.toNanos();
        // the driver is one of those that are listed
        while (!spark.isLocal() && spark.statusTracker().getExecutorInfos().length < 2 && System.nanoTime() - end < 0) {
            pause();
        }
        return Math.max(1, spark.defaultParallelism() / spark.getConf().getInt("spark.task.cpus", 1));
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
        spark.cancelAllJobs();
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
            spark.sc().cancelJobGroup(group);
        }
    }

    /** Spark's messages go on with the stack of the executor. */
    private static String firstLine(Throwable error) {
        String message = Objects.requireNonNullElse(error.getMessage(), error.toString());
        return message.lines().findFirst().orElse("");
    }
}
