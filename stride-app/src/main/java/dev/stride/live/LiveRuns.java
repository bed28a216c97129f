package dev.stride.live;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * All runs and sweeps below a folder as they are now, read as they grow: what is being trained every fifth of a second,
 * the rest and the folders themselves every 2 seconds. Nothing is ever written.
 *
 * <p>A version counts the rounds in which something changed, so that many can wait for what is new and ask for no more
 * than that. An id is only looked up here and never resolved on a disk.
 */
public final class LiveRuns implements AutoCloseable {
    private static final long ROUND_MILLIS = 200;
    private static final Duration SLOW = Duration.ofSeconds(2);
    private static final int MAX_GONE = 10_000;

    private final Path root;
    private final InstantSource clock;
    private final FolderScan scan;
    private final ConcurrentSkipListMap<String, Entry<LiveRun>> runs = new ConcurrentSkipListMap<>();
    private final ConcurrentSkipListMap<String, Entry<LiveSweep>> sweeps = new ConcurrentSkipListMap<>();
    /** Guards the version and what is gone. */
    private final Object signal = new Object();

    private final Deque<Gone> gone = new ArrayDeque<>();
    private long version;
    private long forgotten;
    private volatile List<String> problems = List.of();
    private volatile boolean closed;
    private @Nullable Thread thread;
    private Instant scanned = Instant.MIN;
    private @Nullable Map<String, LiveRun.Place> places;

    /** Something, the version in which it last changed, and when it was last looked at. */
    private static final class Entry<T> {
        private final T value;
        private volatile long changed;
        private Instant polled = Instant.MIN;

        Entry(T value) {
            this.value = value;
        }
    }

    /** Something that is no longer there. */
    private record Gone(String id, long version) {}

    private LiveRuns(Path root, InstantSource clock) {
        this.root = root;
        this.clock = clock;
        this.scan = new FolderScan(root);
    }

    /**
     * Runs below a folder, of which nothing was read yet.
     *
     * @throws UserException if there is no such folder
     */
    public static LiveRuns open(Path root, InstantSource clock) {
        if (!Files.isDirectory(root)) {
            throw new UserException(root + " is no folder. Give the folder in which runs are kept");
        }
        try {
            return new LiveRuns(root.toRealPath(), clock);
        } catch (IOException e) {
            throw new UserException(root + " cannot be opened: " + FileSight.reason(e));
        }
    }

    /** Reads on in a thread of its own, which keeps no process alive, until this is closed. */
    public synchronized void start() {
        if (thread == null) {
            Thread reader = new Thread(this::loop, "live-runs");
            reader.setDaemon(true);
            thread = reader;
            reader.start();
        }
    }

    private void loop() {
        while (!closed) {
            boolean more = false;
            try {
                more = poll();
            } catch (RuntimeException e) {
                // a file system may throw anything; the next round looks again
                problems = List.of(String.valueOf(e));
            }
            if (!more && !pause()) {
                return;
            }
        }
    }

    private boolean pause() {
        try {
            Thread.sleep(ROUND_MILLIS);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** One round; returns whether there is more to read at once. */
    public synchronized boolean poll() {
        Instant now = clock.instant();
        boolean any = false;
        if (isDue(scanned, now)) {
            scan.scan(now);
            scanned = now;
            any = !scan.problems().equals(problems);
            problems = scan.problems();
        }
        List<String> lost = scanned.equals(now) ? lost() : List.of();
        Set<Entry<?>> changed = new HashSet<>();
        pollSweeps(now, changed);
        if (places == null || !changed.isEmpty() || !lost.isEmpty()) {
            places = places();
        }
        boolean more = pollRuns(now, changed, places);
        markSweeps(changed);
        if (any || !changed.isEmpty() || !lost.isEmpty()) {
            advance(changed, lost);
        }
        return more;
    }

    /** Takes out what the last scan no longer found. */
    private List<String> lost() {
        List<String> lost = new ArrayList<>();
        for (String id : runs.keySet()) {
            if (!scan.runs().containsKey(id)) {
                runs.remove(id);
                lost.add(id);
            }
        }
        for (String id : sweeps.keySet()) {
            if (!scan.sweeps().containsKey(id)) {
                sweeps.remove(id);
                lost.add(id);
            }
        }
        return lost;
    }

    private void pollSweeps(Instant now, Set<Entry<?>> changed) {
        scan.sweeps().forEach((id, folder) -> {
            Entry<LiveSweep> entry = sweeps.get(id);
            boolean fresh = entry == null;
            Entry<LiveSweep> sweep = entry == null ? new Entry<>(new LiveSweep(id, folder, root)) : entry;
            if (sweep.value.poll(now) || fresh) {
                changed.add(sweep);
            }
            if (fresh) {
                sweeps.put(id, sweep);
            }
        });
    }

    private boolean pollRuns(Instant now, Set<Entry<?>> changed, Map<String, LiveRun.Place> places) {
        boolean more = false;
        for (Map.Entry<String, Path> found : scan.runs().entrySet()) {
            String id = found.getKey();
            Entry<LiveRun> old = runs.get(id);
            Entry<LiveRun> entry = old == null ? new Entry<>(new LiveRun(id, found.getValue(), root, clock)) : old;
            LiveRun run = entry.value;
            boolean news = run.placed(places.getOrDefault(id, LiveRun.Place.ALONE));
            if (old == null || run.isActive() || isDue(entry.polled, now)) {
                entry.polled = now;
                news |= poll(run);
            }
            if (news || old == null) {
                changed.add(entry);
            }
            if (old == null) {
                runs.put(id, entry);
            }
            more |= run.hasMore();
        }
        return more;
    }

    /** What one run's files do to the reader must not keep it from the others. */
    private boolean poll(LiveRun run) {
        try {
            return run.poll();
        } catch (RuntimeException e) {
            problems = List.of(run.id() + ": " + e);
            return true;
        }
    }

    private Map<String, LiveRun.Place> places() {
        Map<String, LiveRun.Place> places = new HashMap<>();
        for (Entry<LiveSweep> sweep : sweeps.values()) {
            for (LiveSweep.Trial trial : sweep.value.trials()) {
                places.put(
                        trial.run(),
                        new LiveRun.Place(
                                sweep.value.id(),
                                trial.status(),
                                trial.json().path("reason").asText("")));
            }
        }
        return places;
    }

    /** A sweep changes with each of its runs. */
    private void markSweeps(Set<Entry<?>> changed) {
        Set<String> touched = new HashSet<>();
        for (Entry<?> entry : changed) {
            if (entry.value instanceof LiveRun run && !run.sweep().isEmpty()) {
                touched.add(run.sweep());
            }
        }
        for (String id : touched) {
            Entry<LiveSweep> sweep = sweeps.get(id);
            if (sweep != null) {
                changed.add(sweep);
            }
        }
    }

    private void advance(Set<Entry<?>> changed, List<String> lost) {
        synchronized (signal) {
            long next = version + 1;
            changed.forEach(entry -> entry.changed = next);
            lost.forEach(id -> gone.add(new Gone(id, next)));
            while (gone.size() > MAX_GONE) {
                forgotten = gone.remove().version();
            }
            version = next;
            signal.notifyAll();
        }
    }

    private static boolean isDue(Instant last, Instant now) {
        // a clock that is set back must not stop everything
        return last.equals(Instant.MIN) || Duration.between(last, now).abs().compareTo(SLOW) >= 0;
    }

    /** Grows with every round in which something changed; 0 before the first. */
    public long version() {
        synchronized (signal) {
            return version;
        }
    }

    /**
     * Waits until the version is another one than was seen, this is closed, or the time is over.
     *
     * @return the version then
     */
    public long await(long seen, Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        synchronized (signal) {
            while (version == seen && !closed) {
                long left = (end - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    break;
                }
                signal.wait(left);
            }
            return version;
        }
    }

    /** All runs, in the order of their ids. */
    public List<LiveRun> runs() {
        return runs.values().stream().map(entry -> entry.value).toList();
    }

    /** The run of an id; none where there is no such run. */
    public Optional<LiveRun> run(String id) {
        return Optional.ofNullable(find(id));
    }

    private @Nullable LiveRun find(String id) {
        Entry<LiveRun> entry = runs.get(id);
        return entry == null ? null : entry.value;
    }

    /** The folder of a sweep; none where there is no such sweep. */
    public Optional<Path> sweepFolder(String id) {
        Entry<LiveSweep> entry = sweeps.get(id);
        return entry == null ? Optional.empty() : Optional.of(entry.value.folder());
    }

    /** Everything at a glance. */
    public ObjectNode overview() {
        return since(0);
    }

    /**
     * What changed after a version: the cards of changed runs, changed sweeps, and the ids of what is gone. Where that is
     * no longer known, everything, with {@code "full": true}.
     */
    public ObjectNode changes(long since) {
        boolean known;
        synchronized (signal) {
            known = since > 0 && since <= version && since >= forgotten;
        }
        return since(known ? since : 0);
    }

    private ObjectNode since(long since) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ArrayNode lost = JsonNodeFactory.instance.arrayNode();
        synchronized (signal) {
            json.put("version", version);
            gone.stream().filter(one -> one.version() > since).forEach(one -> lost.add(one.id()));
        }
        json.put("root", root.getNameCount() == 0 ? root.toString() : String.valueOf(root.getFileName()))
                .put("now", clock.instant().toString());
        json.put("full", since == 0);
        ArrayNode cards = json.putArray("runs");
        runs.values().stream().filter(entry -> entry.changed > since).forEach(entry -> cards.add(entry.value.card()));
        ArrayNode list = json.putArray("sweeps");
        sweeps.values().stream()
                .filter(entry -> entry.changed > since)
                .forEach(entry -> list.add(entry.value.toJson(this::find)));
        if (since > 0) {
            json.set("gone", lost);
        }
        problems.forEach(json.withArray("problems")::add);
        return json;
    }

    /** Ends the reading and wakes whoever waits. */
    @Override
    public void close() {
        Thread reader;
        synchronized (this) {
            reader = thread;
        }
        synchronized (signal) {
            closed = true;
            signal.notifyAll();
        }
        if (reader != null) {
            reader.interrupt();
        }
    }
}
