package dev.stride.cli;

import dev.stride.config.RunConfig;
import dev.stride.model.Sampling;
import dev.stride.serve.ChatDefaults;
import java.util.Set;
import picocli.CommandLine.Option;

/** How the next token is chosen; options of {@code generate}, {@code chat} and {@code serve}. */
final class SamplingOptions {
    @Option(names = "--greedy", description = "Choose the most probable token each time.")
    private boolean greedy;

    @Option(
            names = "--temperature",
            defaultValue = "0.8",
            description = "Of sampling. Default: 0.8, as ChatGLM3's chat.")
    private double temperature;

    @Option(names = "--top-p", defaultValue = "0.8", description = "Of sampling. Default: 0.8, as ChatGLM3's chat.")
    private double topP;

    @Option(names = "--top-k", defaultValue = "50", description = "Of sampling; 0 for all. Default: 50.")
    private int topK;

    /** What they say, for requests that say nothing. */
    ChatDefaults defaults(int maxTokens) {
        ChatDefaults sampled = new ChatDefaults(temperature, topP, topK, maxTokens);
        return greedy ? new ChatDefaults(0, 1, 0, maxTokens) : sampled;
    }

    /** What they say, with the length and the seed of a configuration. */
    Sampling sampling(RunConfig config, Set<Integer> stopIds) {
        int length = config.eval().maxNewTokens();
        return greedy
                ? Sampling.greedy(length, stopIds)
                : new Sampling(
                        temperature, topK, topP, length, stopIds, config.train().seed());
    }
}
