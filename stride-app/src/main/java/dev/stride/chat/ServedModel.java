package dev.stride.chat;

import dev.stride.tokenizer.Tokenizer;

/**
 * One name that can be asked: a base, or an adapter on it.
 *
 * @param name what a request names: {@code base} or {@code base:adapter}
 * @param base the name of the base
 * @param adapter the name of the adapter; empty for the base itself
 * @param contextLength tokens of prompt and answer together at most: the model's context, or what the cache holds where that
 *     is less
 * @param tokenizer the vocabulary
 */
public record ServedModel(String name, String base, String adapter, int contextLength, Tokenizer tokenizer) {
    /** How the model's family writes conversations. */
    public ChatForm form() {
        return new ChatForm(tokenizer);
    }
}
