package dev.stride.spark;

import dev.stride.sweep.TrialLauncher;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A trial whose machine has another disk than this one: its folder is put onto the share before its job begins, followed
 * while it runs, and is here as a whole when the trial is over.
 */
final class SharedTrial implements TrialLauncher.Launched {
    private static final long LOOK_MILLIS = 100;
    private static final long FOLLOW_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** A task whose job was cancelled still copies; one that shows no sign of life for so long is gone. */
    private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private static final int TRIES = 5;

    private final SharedFolder folder;
    private final Supplier<TrialLauncher.Launched> submit;
    private final String place;
    private final Object lock = new Object();
    private boolean cancelled;
    private TrialLauncher.@Nullable Launched job;
    private volatile TrialLauncher.@Nullable Outcome outcome;

    /** @param submit starts the trial's job */
    SharedTrial(SharedFolder folder, String place, Supplier<TrialLauncher.Launched> submit) {
        this.folder = folder;
        this.place = place;
        this.submit = submit;
    }

    /** Starts the job, once the folder is where it will be looked for. Trials are begun one after the other. */
    void begin() {
        TrialLauncher.Launched begun;
        try {
            folder.offer();
            synchronized (lock) {
                if (cancelled) {
                    outcome = new TrialLauncher.Outcome(null, "it was cancelled before it began");
                    return;
                }
                begun = submit.get();
                job = begun;
            }
        } catch (IOException | RuntimeException e) {
            outcome = new TrialLauncher.Outcome(null, "its folder cannot be put onto " + place + ": " + e.getMessage());
            return;
        }
        Thread thread = new Thread(() -> follow(begun), "share of a trial");
        thread.setDaemon(true);
        thread.start();
    }

    private void follow(TrialLauncher.Launched begun) {
        try {
            TrialLauncher.Outcome end = begun.outcome();
            long next = System.nanoTime();
            while (end == null) {
                if (System.nanoTime() - next >= 0) {
                    look();
                    next = System.nanoTime() + FOLLOW_NANOS;
                }
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
                end = begun.outcome();
            }
            awaitWriter();
            outcome = fetchRest(end);
        } catch (InterruptedException | RuntimeException e) {
            outcome = new TrialLauncher.Outcome(null, "its folder cannot be followed: " + e.getMessage());
        }
    }

    @SuppressWarnings("EmptyCatch")
    private void look() {
        try {
            folder.follow();
        } catch (IOException later) {
            // what is missing in the end is said then
        }
    }

    private void awaitWriter() throws InterruptedException {
        Claim.State last = null;
        long since = System.nanoTime();
        while (System.nanoTime() - since < SILENCE_NANOS) {
            try {
                Claim.State now = folder.writer();
                if (now == null || !now.writes()) {
                    return;
                }
                if (!now.equals(last)) {
                    last = now;
                    since = System.nanoTime();
                }
            } catch (IOException unreachable) {
                last = null;
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
    }

    private TrialLauncher.Outcome fetchRest(TrialLauncher.Outcome end) throws InterruptedException {
        IOException failure = null;
        for (int i = 0; i < TRIES; i++) {
            try {
                folder.rest();
                return end;
            } catch (IOException e) {
                failure = e;
                TimeUnit.SECONDS.sleep(1);
            }
        }
        return new TrialLauncher.Outcome(null, "its folder cannot be fetched from " + place + ": " + failure);
    }

    @Override
    public TrialLauncher.@Nullable Outcome outcome() {
        return outcome;
    }

    @Override
    public void cancel() {
        synchronized (lock) {
            cancelled = true;
            TrialLauncher.Launched running = job;
            if (running != null) {
                running.cancel();
            }
        }
    }
}
