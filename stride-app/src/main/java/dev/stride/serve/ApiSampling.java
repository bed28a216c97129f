package dev.stride.serve;

import dev.stride.chat.ChatForm;
import dev.stride.chat.ChatRequest;
import dev.stride.chat.ServedModel;
import dev.stride.model.Sampling;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How a request to the API wants its answers chosen.
 *
 * @param answers of each prompt
 * @param temperature 0 for greedy
 * @param maxTokens new tokens at most; 0 for what the context leaves
 */
record ApiSampling(
        int answers,
        double temperature,
        double topP,
        int topK,
        int maxTokens,
        long seed,
        List<String> stops,
        double presencePenalty,
        double frequencyPenalty) {
    /** The keys that are read here. */
    static final List<String> KEYS = List.of(
            "n",
            "temperature",
            "top_p",
            "top_k",
            "max_tokens",
            "max_completion_tokens",
            "seed",
            "stop",
            "presence_penalty",
            "frequency_penalty");

    private static final int MOST_ANSWERS = 16;
    private static final int MOST_STOPS = 16;
    private static final double SMALLEST = 1e-6;

    /** Reads what a request says; the rest is as the server's defaults have it. */
    static ApiSampling read(ApiFields fields, ChatDefaults defaults) {
        OptionalLong most = fields.whole("max_tokens", 1, Integer.MAX_VALUE);
        OptionalLong newer = fields.whole("max_completion_tokens", 1, Integer.MAX_VALUE);
        if (most.isPresent() && newer.isPresent() && most.getAsLong() != newer.getAsLong()) {
            fields.problem(
                    "max_tokens",
                    most.getAsLong() + " beside max_completion_tokens " + newer.getAsLong(),
                    "one of them, or the same in both");
        }
        List<String> stops = fields.texts("stop");
        if (stops.size() > MOST_STOPS || stops.contains("")) {
            fields.problem("stop", fields.get("stop").toString(), "at most " + MOST_STOPS + " texts, none empty");
        }
        return new ApiSampling(
                (int) fields.whole("n", 1, MOST_ANSWERS).orElse(1),
                fields.number("temperature", 0, 2).orElse(defaults.temperature()),
                fields.number("top_p", SMALLEST, 1).orElse(defaults.topP()),
                (int) fields.whole("top_k", 0, Integer.MAX_VALUE).orElse(defaults.topK()),
                (int) newer.orElse(most.orElse(defaults.maxTokens())),
                fields.whole("seed", Long.MIN_VALUE, Long.MAX_VALUE)
                        .orElseGet(() -> ThreadLocalRandom.current().nextLong()),
                stops,
                fields.number("presence_penalty", -2, 2).orElse(0),
                fields.number("frequency_penalty", -2, 2).orElse(0));
    }

    /**
     * The requests to the engine for one prompt; each answer has a seed of its own.
     *
     * @param topLogprobs as in {@link ChatRequest}
     * @param param where the prompt is from, for messages
     * @throws Wrong where the prompt leaves no room for an answer
     */
    List<ChatRequest> requests(ServedModel model, int[] prompt, int topLogprobs, String param) throws Wrong {
        int room = model.contextLength() - prompt.length;
        if (room < 1 || maxTokens > room) {
            throw new Wrong(
                    400,
                    "the prompt has " + prompt.length + " tokens"
                            + (maxTokens > 0 ? " and " + maxTokens + " new ones were asked for" : "") + "; allowed: "
                            + model.contextLength() + " together, at least one of them new. Send less, or begin anew",
                    java.util.Map.of(),
                    param,
                    "context_length_exceeded");
        }
        ChatForm form = model.form();
        List<ChatRequest> requests = new ArrayList<>();
        for (int i = 0; i < answers; i++) {
            Sampling sampling =
                    new Sampling(temperature, topK, topP, maxTokens == 0 ? room : maxTokens, form.stopIds(), seed + i);
            requests.add(ChatRequest.of(model.name(), prompt, sampling)
                    .withStops(stops)
                    .withPenalties(presencePenalty, frequencyPenalty)
                    .withLogprobs(topLogprobs));
        }
        return requests;
    }
}
