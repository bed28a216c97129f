package dev.stride.spark;

import dev.stride.config.UserException;
import dev.stride.sweep.TrialLauncher;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.jspecify.annotations.Nullable;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * Trials as Spark's jobs, each in a job group of its own: of one task, or of a barrier stage of as many as a trial has
 * processes. A task whose executor is lost, or whose process crashes, is tried again by Spark, a barrier stage as a whole,
 * and the process goes on from the trial's newest checkpoint.
 */
final class SparkLauncher implements TrialLauncher {
    private static final Duration EXECUTORS = Duration.ofMinutes(2); // Spark looks for a master for a minute
    private static final long PAUSE_MILLIS = 100;

    private final JavaSparkContext spark;
    private final Program program;
    private final int ranks;
    private final @Nullable SharedSweep shared;
    private int started;

    /**
     * A launcher.
     *
     * @param ranks processes of each trial
     * @param shared where trials' folders lie; null where all machines have them at the same path
     */
    SparkLauncher(JavaSparkContext spark, Program program, int ranks, @Nullable SharedSweep shared) {
        this.spark = spark;
        this.program = program;
        this.ranks = ranks;
        this.shared = shared;
    }

    /**
     * Waits for the first executor, and for as many as one trial needs.
     *
     * @throws UserException if they do not come, or nobody answers as the master
     */
    void await(String address) {
        long end = System.nanoTime() + EXECUTORS.toNanos();
        while (!hasRoom()) {
            if (spark.sc().isStopped()) {
                throw new UserException("--on " + address + ": no Spark master answers there. Look whether it runs at"
                        + " this address and is of Spark 4.2");
            }
            if (spark.isLocal() || (hasExecutor() && System.nanoTime() - end > 0)) {
                throw new UserException("--on " + address + ": a trial of " + ranks
                        + " processes needs as many places at" + " once, and there are " + places() + "; give --nproc "
                        + places() + " or fewer, or more cores");
            }
            if (System.nanoTime() - end > 0) {
                throw new UserException("--on " + address + ": no worker has started an executor within "
                        + EXECUTORS.toSeconds() + " seconds. Look whether workers have cores and memory free");
            }
            pause();
        }
    }

    private boolean hasRoom() {
        return spark.isLocal() ? places() >= ranks : hasExecutor() && (ranks == 1 || places() >= ranks);
    }

    private boolean hasExecutor() {
        // the driver is one of those that are listed
        return !spark.sc().isStopped() && spark.statusTracker().getExecutorInfos().length > 1;
    }

    /** Cores of the executors that have come by now. */
    @Override
    public int slots() {
        return spark.sc().isStopped() ? 1 : Math.max(1, places() / ranks);
    }

    /** Tasks that run at a time. */
    private int places() {
        return spark.defaultParallelism() / spark.getConf().getInt("spark.task.cpus", 1);
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
    public Launched start(String name, Path folder, String order) {
        return shared == null ? submit(name, order) : shared.start(name, folder, () -> submit(name, order));
    }

    private Launched submit(String name, String order) {
        if (spark.sc().isStopped()) {
            return new Lost();
        }
        String group = "trial " + name + " " + started++;
        spark.setJobGroup(group, name, true);
        try {
            return new Job(group, ends(name, order).collectAsync());
        } finally {
            spark.clearJobGroup();
        }
    }

    private JavaRDD<TaskEnd> ends(String name, String order) {
        JavaRDD<String> orders = spark.parallelize(Collections.nCopies(ranks, order), ranks);
        TrialTask task = new TrialTask(program, shared == null ? null : shared.share(), name);
        if (ranks == 1) {
            return orders.map(task);
        }
        ClassTag<TaskEnd> type = ClassTag$.MODULE$.apply(TaskEnd.class);
        RDD<TaskEnd> ends = orders.rdd().barrier().mapPartitions(new RankTask(task), false, type);
        // Spark tries a barrier stage again only where another stage follows it
        boolean shuffle = true;
        return new JavaRDD<>(ends, type).coalesce(1, shuffle);
    }

    @Override
    public void close() {
        spark.close();
        if (shared != null) {
            shared.close();
        }
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
                List<TaskEnd> ranked = job.get();
                TaskEnd worst = ranked.stream()
                        .filter(end -> end.status() != 0)
                        .findFirst()
                        .orElse(ranked.get(0));
                return new Outcome(worst.status(), worst.said());
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
