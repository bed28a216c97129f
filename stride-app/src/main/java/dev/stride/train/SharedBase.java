package dev.stride.train;

import dev.stride.model.ChatGlmModel;
import dev.stride.peft.LoraGroup;
import dev.stride.peft.LoraTuning;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where several LoRA runs, each in a thread of its own, meet over one frozen base: once every run that is still there has
 * asked for the gradients of its next update, one {@link JointPass} makes them all.
 *
 * <p>There is one turn, which a run holds while it does anything but wait for the others; so evaluations, checkpoints,
 * monitors and the random generator are never two runs' at once, and a run that is evaluating is waited for. Whoever asks
 * or leaves last starts the joint pass. Passes and evaluations run in one thread of the base's own, since native memory and
 * libtorch's pools are kept by thread. That thread never waits for a run, and a run that waits has given its turn away, so
 * nothing can lock up.
 */
final class SharedBase implements AutoCloseable {
    private final ReentrantLock turn = new ReentrantLock(true);
    private final Condition answered = turn.newCondition();
    private final ExecutorService worker = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "shared base");
        thread.setDaemon(true);
        return thread;
    });
    private final LoraGroup group;
    private final JointPass joint;
    private final List<Seat> present = new ArrayList<>();

    /**
     * A base for runs that are all known before the first of them starts.
     *
     * @param tunings one for each run, not attached to the model
     * @param recompute run each block again on the way back instead of keeping its graph
     */
    SharedBase(ChatGlmModel model, List<LoraTuning> tunings, boolean recompute) {
        group = new LoraGroup(model, tunings);
        joint = new JointPass(model, group, recompute);
        tunings.forEach(tuning -> present.add(new Seat(tuning)));
    }

    /** The places of the runs, in the order of their tunings. */
    List<Seat> seats() {
        turn.lock();
        try {
            return List.copyOf(present);
        } finally {
            turn.unlock();
        }
    }

    /** A run's place. */
    final class Seat implements Passes {
        private final LoraTuning tuning;
        private @Nullable List<MicroBatch> asked;
        private double lossSum;
        private @Nullable Throwable failure;

        private Seat(LoraTuning tuning) {
            this.tuning = tuning;
        }

        /** Lives the whole life of the run; afterwards, however it ended, the others no longer wait for it. */
        void attend(Runnable life) {
            turn.lock();
            try {
                life.run();
            } finally {
                present.remove(this);
                passIfAllAsked();
                turn.unlock();
            }
        }

        @Override
        public double lossSum(List<MicroBatch> microBatches) {
            asked = microBatches;
            passIfAllAsked();
            while (asked != null) {
                answered.awaitUninterruptibly(); // gives the turn away
            }
            if (failure != null) {
                throw new IllegalStateException("the joint pass over the shared base failed: " + failure, failure);
            }
            return lossSum;
        }

        @Override
        public <T> T alone(Supplier<T> work) {
            return inWorker(() -> {
                group.alone(tuning);
                try {
                    return work.get();
                } finally {
                    group.share(List.of());
                }
            });
        }
    }

    /** With the turn in hand: makes the joint pass if nobody is left to wait for. What goes wrong reaches all who asked. */
    private void passIfAllAsked() {
        if (present.isEmpty() || present.stream().anyMatch(seat -> seat.asked == null)) {
            return;
        }
        List<JointPass.Share> shares = new ArrayList<>();
        for (Seat seat : present) {
            shares.add(new JointPass.Share(seat.tuning, Objects.requireNonNull(seat.asked)));
        }
        double[] sums = new double[shares.size()];
        Throwable failure = null;
        try {
            sums = inWorker(() -> joint.lossSums(shares));
        } catch (RuntimeException | Error e) {
            failure = e;
        }
        for (int i = 0; i < sums.length; i++) {
            Seat seat = present.get(i);
            seat.lossSum = sums[i];
            seat.failure = failure;
            seat.asked = null;
        }
        answered.signalAll();
    }

    private <T> T inWorker(Supplier<T> work) {
        return await(worker.submit(work::get));
    }

    /** Waits for what another thread does, whatever interrupts, and throws what was thrown there. */
    static <T> T await(Future<T> future) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Once all runs have left. */
    @Override
    public void close() {
        worker.shutdown();
        group.close();
    }
}
