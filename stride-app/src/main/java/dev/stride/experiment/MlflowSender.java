package dev.stride.experiment;

import dev.stride.config.UserException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A run or a sweep on its way to MLflow while it trains. A thread of its own reads what the training has written and sends
 * it; the training never waits for it and never learns of a failure. What a server does not get stays in the folder and is
 * sent later.
 *
 * <p>{@link #begin} is cheap and may be called with every event. The first failure is said, and that the server answers
 * again; one that refuses is not asked again.
 */
public final class MlflowSender implements AutoCloseable {
    /**
     * How long things take.
     *
     * @param between two looks at the folder
     * @param firstPause after a failure; doubled with each further one
     * @param longestPause at most
     * @param patience at the end
     */
    public record Times(Duration between, Duration firstPause, Duration longestPause, Duration patience) {
        /** For people: a look every two seconds, pauses from two seconds to a minute, ten seconds at the end. */
        public static final Times USUAL =
                new Times(Duration.ofSeconds(2), Duration.ofSeconds(2), Duration.ofMinutes(1), Duration.ofSeconds(10));
    }

    private final MlflowSession session;
    private final Times times;
    private final String later;
    private final Consumer<String> say;
    private final Object lock = new Object();
    private @Nullable Thread thread;
    private boolean isEnding;
    private boolean isDone;
    private boolean isClosed;

    /**
     * A sender that waits for its beginning.
     *
     * @param sources what there is now: the run, or the sweep and then its trials; asked on the sender's thread
     * @param later the command that sends what is left
     * @param say takes a line for people; called on the sender's thread, and by {@link #close}
     */
    public MlflowSender(
            MlflowTarget target,
            Supplier<List<MlflowSource>> sources,
            Times times,
            String later,
            Consumer<String> say) {
        this.session = new MlflowSession(target, sources);
        this.times = times;
        this.later = later;
        this.say = say;
    }

    /** The folder is there: sending may begin. A second call does nothing. */
    public void begin() {
        synchronized (lock) {
            if (thread == null && !isClosed) {
                thread = new Thread(this::run, "mlflow");
                thread.setDaemon(true);
                thread.start();
            }
        }
    }

    /**
     * Gives the rest a little time and says what is left, if anything is. The training is over and its pages are written.
     */
    @Override
    public void close() {
        Thread working;
        synchronized (lock) {
            if (isClosed) {
                return;
            }
            isClosed = true;
            isEnding = true;
            working = thread;
            lock.notifyAll();
        }
        if (working == null) {
            return;
        }
        boolean ended = await(working, times.patience());
        if (!ended) {
            working.interrupt();
            // a file that is being written is written in a moment
            ended = await(working, Duration.ofSeconds(2));
        }
        synchronized (lock) {
            if (!isDone) {
                say.accept("mlflow: not at " + session.server() + " yet: " + (ended ? left() : "the last of it")
                        + ". Later: " + later);
            }
        }
    }

    private String left() {
        long events = session.left();
        return events == 0
                ? "how it ended"
                : "the last " + (events == 1 ? "event" : events + " events") + ", and how it ended";
    }

    private static boolean await(Thread working, Duration time) {
        try {
            working.join(time.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return !working.isAlive();
    }

    private void run() {
        Duration pause = times.firstPause();
        boolean isAway = false;
        boolean isKnown = false;
        while (true) {
            boolean last = isEnding();
            boolean sent = false;
            try {
                session.send();
                sent = true;
                if (!isKnown || isAway) {
                    say.accept("mlflow: " + (isAway ? "the server answers again: " : "") + session.server()
                            + "/#/experiments/" + session.experiment() + "/runs/" + session.run());
                    isKnown = true;
                    isAway = false;
                }
                pause = times.firstPause();
            } catch (MlflowFailure e) {
                if (!e.isPassing()) {
                    say.accept("mlflow: " + e.getMessage() + ". Training goes on; nothing more is sent");
                    return;
                }
                if (!isAway && !Thread.currentThread().isInterrupted()) {
                    say.accept("mlflow: " + e.getMessage()
                            + ". Training goes on, what it writes is kept in its folder and sent later");
                    isAway = true;
                }
            } catch (UncheckedIOException | UserException | IllegalArgumentException e) {
                if (!isAway && !Thread.currentThread().isInterrupted()) {
                    say.accept("mlflow: " + e.getMessage());
                    isAway = true;
                }
            }
            session.takeNotes().forEach(note -> say.accept("mlflow: " + note));
            if (last) {
                finish(sent);
                return;
            }
            if (!rest(sent ? times.between() : pause)) {
                return;
            }
            if (!sent) {
                Duration doubled = pause.multipliedBy(2);
                pause = doubled.compareTo(times.longestPause()) < 0 ? doubled : times.longestPause();
            }
        }
    }

    private boolean isEnding() {
        synchronized (lock) {
            return isEnding;
        }
    }

    private void finish(boolean sent) {
        synchronized (lock) {
            isDone = sent;
        }
    }

    /** Waits, no longer than until the end is near; false if this thread was told to end. */
    private boolean rest(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        synchronized (lock) {
            while (!isEnding) {
                long left = (end - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    return true;
                }
                try {
                    lock.wait(left);
                } catch (InterruptedException e) {
                    return false;
                }
            }
            return true;
        }
    }
}
