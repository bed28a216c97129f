package dev.stride.chat;

import dev.stride.torch.NoGrad;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;

/**
 * The thread of an engine, and what other threads ask of it.
 *
 * <p>Other threads touch only the queue, the commands and the counts, under one lock that is never held while something is
 * computed.
 */
final class EngineLoop {
    private static final long NEVER = Long.MAX_VALUE;

    private final List<ServedBase> bases;
    private final EngineSettings settings;
    private final LongSupplier clock;
    private final Thread thread;
    private final Object lock = new Object();

    private final Deque<Sequence> waiting = new ArrayDeque<>();
    private final Deque<Command> commands = new ArrayDeque<>();
    private final Map<AdapterSlot, ServedBase> retired =
            new WeakHashMap<>(); // those still on a base, and later ones too
    private final Map<ChatEnd.Reason, Long> ended = new EnumMap<>(ChatEnd.Reason.class);
    private int answering;
    private boolean woken;
    private boolean closing;
    private boolean closed;
    private String failure = "";
    private long deadline = NEVER; // from the start of the loop, by the clock
    private final long origin;
    private long promptTokens;
    private long cachedTokens;
    private long newTokens;
    private EngineStatus.Cache cache; // as of the last turn

    /** Something for the engine's thread between two passes. */
    private record Command(Runnable work, CompletableFuture<Void> done) {}

    EngineLoop(List<ServedBase> bases, EngineSettings settings, LongSupplier clock) {
        this.bases = bases;
        this.settings = settings;
        this.clock = clock;
        this.origin = clock.getAsLong();
        this.cache = cacheNow();
        this.thread = new Thread(this::run, "chat-engine");
        this.thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    static ChatRefusal closing() {
        return new ChatRefusal(ChatRefusal.Reason.CLOSING, "the engine is closing and takes nothing more");
    }

    /** Puts a request into the queue. */
    void submit(Sequence sequence) {
        synchronized (lock) {
            if (closing) {
                throw closing();
            }
            AdapterSlot adapter = sequence.adapter();
            if (adapter != null && retired.containsKey(adapter)) {
                throw new ChatRefusal(
                        ChatRefusal.Reason.UNKNOWN_MODEL, "the adapter " + adapter.name() + " was taken away");
            }
            if (answering + waiting.size() >= capacity()) {
                throw new ChatRefusal(
                        ChatRefusal.Reason.BUSY,
                        answering + " requests are answered and " + waiting.size() + " wait; allowed: "
                                + settings.answers() + " and " + settings.waiting() + " more. Ask again later");
            }
            waiting.add(sequence);
            lock.notifyAll();
        }
    }

    /** Something was cancelled. */
    void wake() {
        synchronized (lock) {
            woken = true;
            lock.notifyAll();
        }
    }

    /** Has something done between two passes; cancelled where the engine closes before. */
    CompletableFuture<Void> run(Runnable work) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        synchronized (lock) {
            if (closing) {
                throw closing();
            }
            commands.add(new Command(work, done));
            lock.notifyAll();
        }
        return done;
    }

    /** Frees an adapter when no request needs it any more. */
    void retire(ServedBase base, AdapterSlot adapter) {
        synchronized (lock) {
            retired.put(adapter, base);
            woken = true;
            lock.notifyAll();
        }
    }

    int capacity() {
        return settings.answers() + settings.waiting();
    }

    /** Whether requests are taken: it neither closes nor has failed. */
    boolean isOpen() {
        synchronized (lock) {
            return !closing;
        }
    }

    EngineStatus status() {
        synchronized (lock) {
            EngineStatus.Cache now = cache;
            return new EngineStatus(
                    answering,
                    waiting.size(),
                    now.places(),
                    now.held(),
                    now.kept(),
                    promptTokens,
                    cachedTokens,
                    newTokens,
                    now.passes(),
                    ended);
        }
    }

    /** Closes and waits for the end; a shorter time wins over a longer one that was given before. */
    void close(Duration grace) {
        synchronized (lock) {
            closing = true;
            deadline = Math.min(deadline, elapsed() + grace.toNanos());
            lock.notifyAll();
        }
        boolean interrupted = false;
        synchronized (lock) {
            while (!closed) {
                try {
                    lock.wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try (NoGrad off = new NoGrad()) {
            while (turn()) {
                for (ServedBase base : bases) {
                    if (!base.running().isEmpty()) {
                        count(base.step());
                    }
                }
            }
        } catch (RuntimeException | Error e) {
            synchronized (lock) {
                failure = "the engine has failed: " + e;
            }
        } finally {
            end();
        }
    }

    /** Does what is asked and lets requests in; waits where there is nothing to do. False at the end. */
    private boolean turn() {
        List<Command> asked;
        synchronized (lock) {
            while (isIdle()) {
                try {
                    lock.wait();
                } catch (InterruptedException e) {
                    closing = true; // nobody has this thread but the loop
                    deadline = 0;
                }
            }
            woken = false;
            asked = new ArrayList<>(commands);
            commands.clear();
        }
        asked.forEach(EngineLoop::carryOut);
        for (ServedBase base : bases) {
            for (Sequence sequence : base.running()) {
                if (sequence.answer().isCancelled()) {
                    sequence.end(ChatEnd.Reason.CANCELLED, "");
                }
            }
            count(base.release());
        }
        synchronized (lock) {
            dropCancelled();
            if (closing && (elapsed() >= deadline || (answering == 0 && waiting.isEmpty()))) {
                return false;
            }
            admit();
            cache = cacheNow();
        }
        freeRetired();
        return true;
    }

    private boolean isIdle() {
        return !woken && commands.isEmpty() && waiting.isEmpty() && answering == 0 && !closing;
    }

    private static void carryOut(Command command) {
        try {
            command.work().run();
            command.done().complete(null);
        } catch (RuntimeException e) {
            command.done().completeExceptionally(e);
        }
    }

    private void dropCancelled() {
        for (Iterator<Sequence> each = waiting.iterator(); each.hasNext(); ) {
            Sequence sequence = each.next();
            if (sequence.answer().isCancelled()) {
                each.remove();
                finish(sequence, ChatEnd.Reason.CANCELLED, "");
            }
        }
    }

    /** In the order of asking; one that finds no room holds up those behind it on its base. */
    private void admit() {
        Set<ServedBase> full = new HashSet<>();
        for (Iterator<Sequence> each = waiting.iterator(); each.hasNext() && answering < settings.answers(); ) {
            Sequence sequence = each.next();
            if (full.contains(sequence.base())) {
                continue;
            }
            if (sequence.base().admit(sequence)) {
                each.remove();
                answering++;
            } else {
                full.add(sequence.base());
            }
        }
    }

    private void freeRetired() {
        Map<AdapterSlot, ServedBase> free = new LinkedHashMap<>();
        synchronized (lock) {
            retired.forEach((adapter, base) -> {
                boolean needed = waiting.stream().anyMatch(sequence -> sequence.adapter() == adapter)
                        || base.running().stream().anyMatch(sequence -> sequence.adapter() == adapter);
                if (!needed && base.adapters().contains(adapter)) {
                    free.put(adapter, base);
                }
            });
        }
        free.forEach((adapter, base) -> base.remove(adapter));
    }

    private void count(List<Sequence> finished) {
        if (finished.isEmpty()) {
            return;
        }
        synchronized (lock) {
            answering -= finished.size();
            cache = cacheNow();
            woken = true; // an adapter that was taken away may be free now
            finished.forEach(this::count);
        }
    }

    /** Tells the end too, after its place is free for another request. */
    private void count(Sequence sequence) {
        ChatEnd end = Objects.requireNonNull(sequence.end());
        promptTokens += sequence.promptLength();
        cachedTokens += sequence.cached();
        newTokens += sequence.newTokens();
        ended.merge(end.reason(), 1L, Long::sum);
        sequence.answer().finish(end);
    }

    private void finish(Sequence sequence, ChatEnd.Reason reason, String message) {
        sequence.end(reason, message);
        count(sequence);
    }

    /** Whatever is left is told the end, and everything is freed. */
    private void end() {
        synchronized (lock) {
            closing = true;
            ChatEnd.Reason why = failure.isEmpty() ? ChatEnd.Reason.CLOSED : ChatEnd.Reason.FAILED;
            String message = failure.isEmpty() ? "the engine has closed" : failure;
            for (ServedBase base : bases) {
                for (Sequence sequence : base.running()) {
                    if (!sequence.isEnded()) {
                        sequence.end(why, message);
                    }
                    count(sequence);
                }
                base.running().clear();
            }
            waiting.forEach(sequence -> finish(sequence, why, message));
            waiting.clear();
            answering = 0;
            commands.forEach(command -> command.done().cancel(false));
            commands.clear();
            cache = cacheNow();
        }
        try {
            bases.forEach(ServedBase::close);
        } finally {
            synchronized (lock) {
                closed = true;
                lock.notifyAll();
            }
        }
    }

    private EngineStatus.Cache cacheNow() {
        long places = 0;
        long held = 0;
        long kept = 0;
        long passes = 0;
        for (ServedBase base : bases) {
            places += base.numPlaces();
            held += base.numPlacesHeld();
            kept += base.numPlacesKept();
            passes += base.numPasses();
        }
        return new EngineStatus.Cache(places, held, kept, passes);
    }

    private long elapsed() {
        return clock.getAsLong() - origin;
    }
}
