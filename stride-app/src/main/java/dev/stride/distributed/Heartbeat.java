package dev.stride.distributed;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.bytedeco.pytorch.TCPStore;

/**
 * A thread that shows the other ranks a sign of life each second, and looks for theirs: a rank that was killed, hangs or has
 * lost its network shows none. It goes on while the rank's own thread computes or waits, so that a long update is no fault.
 */
final class Heartbeat implements AutoCloseable {
    private static final int BEAT_MILLIS = 1_000;
    private static final long SUSPICION_BEATS = 4;

    private final RankEnv env;
    private final List<String> hosts;
    private final Duration silence;
    private final TCPStore store;
    private final Consumer<String> lost;
    private final Thread thread;
    private final Thread watchdog;
    private volatile boolean closed;
    private volatile long lastRound = System.nanoTime();

    /**
     * Not started yet.
     *
     * @param hosts of the ranks, for messages
     * @param store a connection of its own
     */
    Heartbeat(RankEnv env, List<String> hosts, Duration silence, TCPStore store, Consumer<String> lost) {
        this.env = env;
        this.hosts = List.copyOf(hosts);
        this.silence = silence;
        this.store = store;
        this.lost = lost;
        this.thread = new Thread(this::live, "heartbeat of " + env);
        thread.setDaemon(true);
        this.watchdog = new Thread(this::watch, "watchdog of " + env);
        watchdog.setDaemon(true);
    }

    void start() {
        lastRound = System.nanoTime();
        thread.start();
        watchdog.start();
    }

    /** A call to the store of a rank 0 that hangs never returns, so that another thread must notice. */
    private void watch() {
        try {
            while (!closed && System.nanoTime() - lastRound <= silence.toNanos()) {
                Thread.sleep(BEAT_MILLIS);
            }
            tell(0, "has shown no sign of life for " + silence.toSeconds() + " s");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // closed
        }
    }

    private void live() {
        Map<Integer, String> last = new HashMap<>();
        Map<Integer, Long> heard = new HashMap<>();
        long count = 0;
        while (!closed) {
            try {
                store.set(key(env.rank()), Long.toString(++count));
                for (int rank = 0; rank < env.world(); rank++) {
                    long now = System.nanoTime();
                    String beat = rank == env.rank() ? Long.toString(count) : beat(rank);
                    if (!beat.equals(last.put(rank, beat))) {
                        heard.put(rank, now);
                    } else if (now - heard.getOrDefault(rank, now) > silence.toNanos()) {
                        tell(rank, "has shown no sign of life for " + silence.toSeconds() + " s");
                        return;
                    }
                }
                lastRound = System.nanoTime();
                Thread.sleep(BEAT_MILLIS);
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                tell(0, "does not answer any more");
                return;
            }
        }
    }

    private void tell(int rank, String what) {
        if (!closed) {
            lost.accept("rank " + rank + " on " + hosts.get(rank) + " " + what);
        }
    }

    /** After a failure, who may be its cause: ranks that show no sign of life for a few seconds; empty where all do. */
    String suspects() {
        List<String> suspects = new ArrayList<>();
        try {
            List<String> before = beats();
            Thread.sleep(SUSPICION_BEATS * BEAT_MILLIS);
            List<String> after = beats();
            for (int rank = 0; rank < env.world(); rank++) {
                if (rank != env.rank() && before.get(rank).equals(after.get(rank))) {
                    suspects.add("rank " + rank + " on " + hosts.get(rank));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            suspects.add("rank 0 on " + hosts.get(0));
        }
        return String.join(", ", suspects);
    }

    private List<String> beats() {
        List<String> beats = new ArrayList<>();
        for (int rank = 0; rank < env.world(); rank++) {
            beats.add(beat(rank));
        }
        return beats;
    }

    private String beat(int rank) {
        return Meeting.heard(store, key(rank), "");
    }

    private static String key(int rank) {
        return "stride/beat/" + rank;
    }

    @Override
    public void close() {
        closed = true;
        watchdog.interrupt();
        thread.interrupt();
        try {
            thread.join(2L * BEAT_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
