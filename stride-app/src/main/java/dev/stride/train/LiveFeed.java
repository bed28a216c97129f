package dev.stride.train;

import dev.stride.experiment.BranchEvent;
import dev.stride.experiment.LiveState;
import dev.stride.experiment.RunBranch;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.StepEvent;
import dev.stride.torch.Native;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes where a run stands to its {@code live.json}, every so often in a thread of its own, and a last time when it is
 * closed. It is told by the training thread, which hands over an immutable picture and waits for nothing. What cannot be
 * written is a warning for the run's events, once, and changes nothing else.
 */
final class LiveFeed implements TrainCallback, AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final Path folder;
    private final TrainCallback then;
    private final Supplier<Used> used;
    private final InstantSource clock;
    private final LongSupplier nanos;
    private final boolean writes;
    private final Instant started;
    private final ScheduledExecutorService writer = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "live state");
        thread.setDaemon(true);
        return thread;
    });
    private volatile Picture now;
    private volatile @Nullable String failure;
    private boolean said; // on the training thread
    private String host = ""; // in the writer's thread

    /** What a process uses of the machine. */
    record Used(Native.Memory memory, LiveState.@Nullable Device device) {}

    /**
     * What this process uses.
     *
     * @param card the CUDA device that it trains on; -1 without one
     */
    static Supplier<Used> process(int card) {
        if (card < 0) {
            return () -> new Used(Native.memory(), null);
        }
        return new Supplier<>() {
            private @Nullable String name;

            @Override
            public Used get() {
                String called = name;
                if (called == null) {
                    called = Native.cudaCard(card).name();
                    name = called;
                }
                Native.Memory memory = Native.cudaMemory(card);
                return new Used(Native.memory(), new LiveState.Device(called, memory.resident(), memory.peak()));
            }
        };
    }

    /** A moment of the run. */
    private record Picture(String branch, long step, long planned, LiveState.Phase phase, Pace pace) {
        Picture doing(String what, long done, long total) {
            return new Picture(branch, step, planned, new LiveState.Phase(what, done, total), pace);
        }

        Picture training() {
            return doing("training", step, planned);
        }
    }

    /**
     * Begins to write.
     *
     * @param folder the run's
     * @param then is told everything too
     * @param planned updates at its end
     * @param used is asked in the writer's thread
     * @param nanos a clock that only goes forward, asked in both threads
     * @param writes false for a rank whose run another writes down
     */
    LiveFeed(
            Path folder,
            TrainCallback then,
            long planned,
            Supplier<Used> used,
            InstantSource clock,
            LongSupplier nanos,
            Duration every,
            boolean writes) {
        this.writes = writes;
        this.folder = folder;
        this.then = then;
        this.used = used;
        this.clock = clock;
        this.nanos = nanos;
        this.started = clock.instant();
        this.now = new Picture(RunBranch.MAIN, 0, planned, new LiveState.Phase("starting", 0, 0), Pace.NONE);
        if (writes) {
            writer.scheduleWithFixedDelay(() -> write(false), 0, every.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** From now on a branch is trained, from so many updates to so many. */
    void branch(String name, long step, long planned) {
        now = new Picture(name, step, planned, now.phase(), now.pace()).training();
    }

    @Override
    public void event(RunEvent event) {
        Picture before = now;
        if (event instanceof StepEvent step) {
            Pace pace = before.pace().after(step, nanos.getAsLong());
            now = new Picture(before.branch(), step.step(), before.planned(), before.phase(), pace).training();
        } else if (!(event instanceof BranchEvent)) {
            now = before.training(); // an evaluation or a checkpoint is done
        }
        then.event(event);
    }

    @Override
    public void progress(String what, long done, long total) {
        now = now.doing(what, done, total);
        then.progress(what, done, total);
    }

    /** Why the state could not be written, for the training thread and only once; null where all is well. */
    @Nullable
    String takeFailure() {
        String why = failure;
        if (said || why == null) {
            return null;
        }
        said = true;
        return "Where the run stands cannot be written, so pages that show it live lag behind: " + why
                + ". The run goes on.";
    }

    /** Ends the thread and writes the last state; a disk that does not answer is not waited for. */
    @Override
    public void close() {
        writer.shutdown();
        try {
            if (writer.awaitTermination(PATIENCE.toMillis(), TimeUnit.MILLISECONDS) && writes) {
                write(true);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void write(boolean ended) {
        try {
            state(ended).write(folder);
        } catch (RuntimeException | LinkageError e) {
            failure = String.valueOf(e.getMessage());
        }
    }

    private LiveState state(boolean ended) {
        if (host.isEmpty()) {
            host = host();
        }
        Picture seen = now;
        Used uses = used.get();
        return new LiveState(
                host,
                ProcessHandle.current().pid(),
                started,
                clock.instant(),
                ended,
                seen.branch(),
                seen.step(),
                seen.planned(),
                seen.phase(),
                seen.pace().tokensPerSecond(),
                seen.pace().secondsLeft(seen.planned(), nanos.getAsLong()),
                uses.memory().resident(),
                uses.memory().peak(),
                uses.device());
    }

    /** The machine's name, as Linux says it without asking the network. */
    private static String host() {
        try {
            Path kernel = Path.of("/proc/sys/kernel/hostname");
            return Files.isReadable(kernel)
                    ? Files.readString(kernel).strip()
                    : InetAddress.getLocalHost().getHostName();
        } catch (IOException e) {
            return "unknown";
        }
    }
}
