package dev.stride.serve;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How a chat server is set up.
 *
 * @param address where it listens; port 0 takes a free one
 * @param token letters and digits of the printed address, with which a browser is let in
 * @param keys that programs must have; where there is none, everybody on this machine may ask, and others need the token
 * @param origins of pages elsewhere that may ask, such as {@code http://localhost:3000}; {@code *} for all
 * @param aliases other names of models, each with the model's own
 * @param defaults for requests that say nothing of it
 * @param models what is told of the models, beside what the engine knows: of each name the run that it comes from
 * @param version of the program
 * @param lenient whether keys of a request that nobody knows are passed over instead of refused, and {@code maxTokens} is
 *     read as {@code max_tokens}, as services that send keys of their own need it
 */
public record ChatSettings(
        InetSocketAddress address,
        String token,
        List<String> keys,
        Set<String> origins,
        Map<String, String> aliases,
        ChatDefaults defaults,
        Map<String, RunFacts> models,
        String version,
        boolean lenient) {
    /** The longest body, in bytes: some hundred thousand tokens of Chinese. */
    static final int MAX_BODY = 2 << 20;

    /** A stream or an answer says something at least this often, so that a client that left is noticed. */
    static final Duration QUIET = Duration.ofSeconds(1);

    public ChatSettings {
        keys = List.copyOf(keys);
        origins = Set.copyOf(origins);
        aliases = Map.copyOf(aliases);
        models = Map.copyOf(models);
    }

    /**
     * The run that a model comes from.
     *
     * @param name of its folder
     * @param peakRate the peak learning rate; NaN where it is not known
     * @param bestStep the update of the best checkpoint; 0 where it is not known
     * @param bestMetric what it is the best by, such as {@code loss}
     * @param bestValue that metric's value on the validation rows
     */
    public record RunFacts(String name, double peakRate, long bestStep, String bestMetric, double bestValue) {}
}
