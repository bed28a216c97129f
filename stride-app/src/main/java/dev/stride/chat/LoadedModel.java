package dev.stride.chat;

import dev.stride.model.ChatGlmModel;
import dev.stride.peft.LoraTuning;
import dev.stride.tokenizer.Tokenizer;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A base whose weights are loaded, with the adapters that answer on it. An engine that was started with it owns all of them.
 *
 * @param name the base's name; it has no colon
 * @param model the weights, which nothing else uses
 * @param tokenizer its vocabulary
 * @param adapters by name, made with {@link LoraTuning#detached} on this model
 */
public record LoadedModel(String name, ChatGlmModel model, Tokenizer tokenizer, Map<String, LoraTuning> adapters)
        implements AutoCloseable {
    public LoadedModel {
        adapters = new LinkedHashMap<>(adapters);
    }

    @Override
    public void close() {
        adapters.values().forEach(LoraTuning::close);
        model.close();
    }
}
