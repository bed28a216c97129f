package dev.stride.chat;

import dev.stride.model.ChatGlmModel;
import dev.stride.peft.LoraTuning;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/**
 * Answers many requests at a time over models that are loaded once.
 *
 * <p>One thread does everything native. In each turn it takes new requests in, makes one forward pass over the next tokens of
 * all of them (the next token of each running answer, and a part of the prompts that are new), chooses a token for each, and
 * tells it. Answers of several adapters of a base share its passes. Keys and values of ended answers are kept while there is
 * room, so that a prompt that begins like an earlier one, by the same adapter, is computed from where they part.
 *
 * <p>A request that was taken has its memory reserved before it begins, so none fails half-way for want of it; where there is
 * no room now it waits. All methods may be called from any thread.
 */
public final class ChatEngine implements AutoCloseable {
    private ChatEngine() {}

    /**
     * Starts an engine, which owns the models from here on.
     *
     * @throws dev.stride.config.UserException where names are not fit, or the cache cannot hold a few tokens of each model
     */
    public static ChatEngine start(List<LoadedModel> models, EngineSettings settings) {
        throw new UnsupportedOperationException();
    }

    /** Every name that can be asked, bases before their adapters. */
    public List<ServedModel> models() {
        throw new UnsupportedOperationException();
    }

    /**
     * What a name stands for.
     *
     * @throws ChatRefusal where nothing has this name; the message lists those that exist
     */
    public ServedModel model(String name) {
        throw new UnsupportedOperationException();
    }

    /**
     * Takes a request; returns at once.
     *
     * @throws ChatRefusal where it is not taken
     */
    public ChatAnswer submit(ChatRequest request) {
        throw new UnsupportedOperationException();
    }

    /** What it does now and has done. */
    public EngineStatus status() {
        throw new UnsupportedOperationException();
    }

    /**
     * Adds an adapter to a base between two passes; returns when it can be asked.
     *
     * @param loader makes it with {@link LoraTuning#detached}, in the engine's thread; what it throws is thrown here
     * @return its name, {@code base:adapter}
     */
    public String addAdapter(String base, String adapter, Function<ChatGlmModel, LoraTuning> loader)
            throws InterruptedException {
        throw new UnsupportedOperationException();
    }

    /** Takes an adapter away: it takes no more requests at once, and is freed when its answers have ended. */
    public void removeAdapter(String name) {
        throw new UnsupportedOperationException();
    }

    /**
     * Ends: takes no more requests, lets the running and waiting ones go on for so long, then ends them as {@link
     * ChatEnd.Reason#CLOSED}, and frees all memory.
     */
    public void close(Duration grace) {
        throw new UnsupportedOperationException();
    }

    /** Ends at once. */
    @Override
    public void close() {
        close(Duration.ZERO);
    }
}
