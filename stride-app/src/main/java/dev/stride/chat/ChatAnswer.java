package dev.stride.chat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * An answer as it comes.
 *
 * <p>Whoever asked takes the pieces from a thread of his own, at his own speed; the engine never waits for him. What he has
 * not taken is kept, which is at most one answer: as many tokens as the request allows. Any thread may call any method.
 */
public final class ChatAnswer {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition news = lock.newCondition();
    private final Condition ending = lock.newCondition(); // so that who waits for the end is not woken by each token
    private final Runnable wakeEngine;
    private List<ChatPiece> pieces = new ArrayList<>();
    private @Nullable ChatEnd end;
    private volatile boolean cancelled;

    ChatAnswer(Runnable wakeEngine) {
        this.wakeEngine = wakeEngine;
    }

    /**
     * The pieces that came since the last call; waits for one where there is none.
     *
     * @param atMost the longest wait; zero does not wait
     * @return in order; empty where none came in time, or none will come any more ({@link #isDone})
     */
    public List<ChatPiece> take(Duration atMost) throws InterruptedException {
        long left = atMost.toNanos();
        lock.lockInterruptibly();
        try {
            while (pieces.isEmpty() && end == null && left > 0) {
                left = news.awaitNanos(left);
            }
            List<ChatPiece> taken = pieces;
            pieces = new ArrayList<>();
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** Whether the answer has ended and every piece was taken. */
    public boolean isDone() {
        lock.lock();
        try {
            return end != null && pieces.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** How it ended; empty while it goes on. Pieces may still be there to be taken. */
    public Optional<ChatEnd> end() {
        lock.lock();
        try {
            return Optional.ofNullable(end);
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the end; pieces need not be taken. */
    public ChatEnd await() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            ChatEnd ended = end;
            while (ended == null) {
                ending.await();
                ended = end;
            }
            return ended;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the end; empty where it does not come in time. */
    public Optional<ChatEnd> await(Duration atMost) throws InterruptedException {
        long left = atMost.toNanos();
        lock.lockInterruptibly();
        try {
            while (end == null && left > 0) {
                left = ending.awaitNanos(left);
            }
            return Optional.ofNullable(end);
        } finally {
            lock.unlock();
        }
    }

    /** Nobody waits for this answer any more: it ends after the pass that is being computed, and its memory is free again. */
    public void cancel() {
        cancelled = true;
        wakeEngine.run();
    }

    boolean isCancelled() {
        return cancelled;
    }

    void add(ChatPiece piece) {
        lock.lock();
        try {
            pieces.add(piece);
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void finish(ChatEnd how) {
        lock.lock();
        try {
            end = how;
            news.signalAll();
            ending.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
