package dev.stride.chat;

import dev.stride.config.Problem;
import dev.stride.config.UserException;
import dev.stride.model.ChatGlmConfig;
import dev.stride.model.ChatGlmModel;
import dev.stride.model.KvPool;
import dev.stride.peft.LoraTuning;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers many requests at a time over models that are loaded once.
 *
 * <p>One thread does everything native. In each turn it takes new requests in, makes one forward pass over the next tokens of
 * all of them (the next token of each running answer, and a part of the prompts that are new), chooses a token for each, and
 * tells it. Answers of several adapters of a base share its passes. Keys and values of ended answers are kept while there is
 * room, so that a prompt that begins like an earlier one, by the same adapter, is computed from where they part.
 *
 * <p>A request that was taken has its memory reserved before it begins, so none fails half-way for want of it; where there is
 * no room now it waits, and those behind it on the same base too. All methods may be called from any thread.
 */
public final class ChatEngine implements AutoCloseable {
    private static final int LEAST_PLACES = 16;

    private final LongSupplier clock;
    private final EngineLoop loop;
    private final Map<String, Target> targets = new LinkedHashMap<>();
    private final List<ServedBase> bases;

    /** What a name stands for. */
    private record Target(
            ServedModel model, ServedBase base, @Nullable AdapterSlot adapter) {}

    private ChatEngine(List<ServedBase> bases, EngineSettings settings, LongSupplier clock) {
        this.clock = clock;
        this.bases = bases;
        for (ServedBase base : bases) {
            put(base, null);
            base.adapters().forEach(adapter -> put(base, adapter));
        }
        this.loop = new EngineLoop(bases, settings, clock);
    }

    /**
     * Starts an engine, which owns the models from here on.
     *
     * @throws UserException where names are not fit, or the cache cannot hold a few tokens of each model; the models are the
     *     caller's still
     */
    public static ChatEngine start(List<LoadedModel> models, EngineSettings settings) {
        return start(models, settings, System::nanoTime);
    }

    static ChatEngine start(List<LoadedModel> models, EngineSettings settings, LongSupplier clock) {
        check(models, settings);
        List<ServedBase> bases = new ArrayList<>();
        try {
            for (LoadedModel model : models) {
                bases.add(new ServedBase(model, settings.passTokens(), places(model, settings, models.size())));
            }
        } catch (RuntimeException e) {
            bases.forEach(ServedBase::letGo);
            throw e;
        }
        ChatEngine engine = new ChatEngine(bases, settings, clock);
        engine.loop.start();
        return engine;
    }

    /** Every name that can be asked, bases before their adapters. */
    public List<ServedModel> models() {
        synchronized (targets) {
            return targets.values().stream().map(Target::model).toList();
        }
    }

    /**
     * What a name stands for.
     *
     * @throws ChatRefusal where nothing has this name; the message lists those that exist
     */
    public ServedModel model(String name) {
        return target(name).model();
    }

    /**
     * Takes a request; returns at once.
     *
     * @throws ChatRefusal where it is not taken
     */
    public ChatAnswer submit(ChatRequest request) {
        Target target = target(request.model());
        check(request, target);
        ChatAnswer answer = new ChatAnswer(loop::wake);
        loop.submit(new Sequence(request, target.base(), target.adapter(), answer, clock));
        return answer;
    }

    /** Requests that it can have at a time, answered and waiting. */
    public int capacity() {
        return loop.capacity();
    }

    /** Whether it takes requests: it neither closes nor has failed. */
    public boolean isOpen() {
        return loop.isOpen();
    }

    /** What it does now and has done. */
    public EngineStatus status() {
        return loop.status();
    }

    /**
     * Adds an adapter to a base between two passes; returns when it can be asked.
     *
     * @param loader makes it with {@link LoraTuning#detached}, in the engine's thread; what it throws is thrown here
     * @return its name, {@code base:adapter}
     * @throws UserException where the name is not fit or taken
     * @throws ChatRefusal where there is no such base, or the engine is closing
     */
    public String addAdapter(String base, String adapter, Function<ChatGlmModel, LoraTuning> loader)
            throws InterruptedException {
        ServedBase served = target(base).base();
        String name = base + ":" + adapter;
        synchronized (targets) {
            List<Problem> problems = new ArrayList<>();
            checkName("the adapter's name", adapter, problems);
            if (targets.containsKey(name)) {
                problems.add(Problem.of("the adapter's name", name, "a name that is not taken"));
            }
            if (!problems.isEmpty()) {
                throw new UserException("the adapter cannot be added", problems);
            }
        }
        done(loop.run(() -> {
            AdapterSlot slot =
                    new AdapterSlot(adapter, loader.apply(served.loaded().model()));
            synchronized (targets) {
                if (targets.containsKey(name)) {
                    slot.tuning().close();
                    throw new UserException("the adapter's name: " + name + "; allowed: a name that is not taken");
                }
                served.add(slot);
                put(served, slot);
            }
        }));
        return name;
    }

    /**
     * Takes an adapter away: it takes no more requests at once, and is freed when its answers have ended.
     *
     * @throws ChatRefusal where there is no adapter of this name
     */
    public void removeAdapter(String name) {
        synchronized (targets) {
            Target target = target(name);
            AdapterSlot adapter = target.adapter();
            if (adapter == null) {
                throw new ChatRefusal(ChatRefusal.Reason.INVALID, name + " is a base; allowed: an adapter");
            }
            targets.remove(name);
            loop.retire(target.base(), adapter);
        }
    }

    /**
     * Ends: takes no more requests, lets the running and waiting ones go on for so long, then ends them as {@link
     * ChatEnd.Reason#CLOSED}, and frees all memory. Returns when that is done.
     */
    public void close(Duration grace) {
        loop.close(grace);
    }

    /** Ends at once. */
    @Override
    public void close() {
        close(Duration.ZERO);
    }

    /** For tests: places that no sequence holds, running or kept, of all bases. */
    int numFreePlaces() {
        return bases.stream()
                .mapToInt(base -> base.numPlaces() - base.numPlacesHeld() - base.numPlacesKept())
                .sum();
    }

    private void put(ServedBase base, @Nullable AdapterSlot adapter) {
        String baseName = base.loaded().name();
        String adapterName = adapter == null ? "" : adapter.name();
        String name = adapter == null ? baseName : baseName + ":" + adapterName;
        targets.put(
                name,
                new Target(
                        new ServedModel(name, baseName, adapterName, base.contextLength(), base.tokenizer()),
                        base,
                        adapter));
    }

    private Target target(String name) {
        synchronized (targets) {
            Target target = targets.get(name);
            if (target == null) {
                throw new ChatRefusal(
                        ChatRefusal.Reason.UNKNOWN_MODEL,
                        "model: " + name + "; allowed: " + String.join(", ", targets.keySet()));
            }
            return target;
        }
    }

    private static void check(ChatRequest request, Target target) {
        int context = target.model().contextLength();
        int[] prompt = request.promptIds();
        long all = (long) prompt.length + request.sampling().maxNewTokens();
        if (all > context) {
            throw new ChatRefusal(
                    ChatRefusal.Reason.TOO_LONG,
                    "the prompt has " + prompt.length + " tokens and "
                            + request.sampling().maxNewTokens() + " new ones were asked for; allowed: " + context
                            + " together");
        }
        int vocabulary = target.base().loaded().model().config().vocabSize();
        for (int id : prompt) {
            if (id < 0 || id >= vocabulary) {
                throw new ChatRefusal(
                        ChatRefusal.Reason.INVALID,
                        "the prompt has the token " + id + "; allowed: 0 to " + (vocabulary - 1));
            }
        }
    }

    private static int places(LoadedModel model, EngineSettings settings, int models) {
        ChatGlmConfig config = model.model().config();
        long affordable = settings.cacheBytes() / models / KvPool.bytesPerPlace(config);
        // twice what running answers can hold: more would hardly ever be looked at again
        long useful = 2L * settings.answers() * config.seqLength();
        return (int) Math.min(Integer.MAX_VALUE, Math.min(affordable, useful));
    }

    private static void check(List<LoadedModel> models, EngineSettings settings) {
        List<Problem> problems = new ArrayList<>();
        if (models.isEmpty()) {
            problems.add(Problem.of("models", "none", "at least one"));
        }
        for (LoadedModel model : models) {
            checkName("a model's name", model.name(), problems);
            model.adapters().keySet().forEach(name -> checkName("an adapter's name", name, problems));
            if (models.stream()
                            .filter(other -> other.name().equals(model.name()))
                            .count()
                    > 1) {
                problems.add(Problem.of("a model's name", model.name(), "a name that no other model has"));
            }
            if (places(model, settings, models.size()) < LEAST_PLACES) {
                problems.add(Problem.of(
                        "cache bytes",
                        Long.toString(settings.cacheBytes()),
                        "at least "
                                + LEAST_PLACES
                                        * models.size()
                                        * KvPool.bytesPerPlace(model.model().config())));
            }
        }
        if (!problems.isEmpty()) {
            throw new UserException("these models cannot be served like this", problems);
        }
    }

    private static void checkName(String where, String name, Collection<Problem> problems) {
        if (name.isBlank() || name.contains(":")) {
            problems.add(Problem.of(where, name, "a name without a colon"));
        }
    }

    private static void done(CompletableFuture<?> command) throws InterruptedException {
        try {
            command.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (CancellationException e) {
            throw EngineLoop.closing();
        }
    }
}
