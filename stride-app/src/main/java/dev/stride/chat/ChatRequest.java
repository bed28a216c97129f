package dev.stride.chat;

import dev.stride.model.Sampling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One prompt to be continued.
 *
 * @param model the name of a base, or {@code base:adapter}
 * @param promptIds the tokens to continue, at least one; {@link ChatForm#prompt} makes them from messages
 * @param sampling how tokens are chosen, the most new tokens, the ids that end the answer, the seed. A seed gives the same
 *     answer whoever is answered beside it
 * @param stops texts that end the answer where they would begin; none is empty
 * @param presencePenalty is taken once from the logit of each token that the answer holds already; 0 for none
 * @param frequencyPenalty is taken as often as the answer holds the token; 0 for none
 * @param topLogprobs the number of most probable tokens that are told with each chosen one; {@link #NO_LOGPROBS} for no
 *     probabilities at all
 */
public record ChatRequest(
        String model,
        int[] promptIds,
        Sampling sampling,
        List<String> stops,
        double presencePenalty,
        double frequencyPenalty,
        int topLogprobs) {
    /** No probabilities are told. */
    public static final int NO_LOGPROBS = -1;

    /** The most alternatives that are told, as in OpenAI's interface. */
    public static final int MOST_LOGPROBS = 20;

    private static final int MOST_STOPS = 16;
    private static final double LARGEST_PENALTY = 2;

    /** @throws ChatRefusal with everything that cannot be */
    public ChatRequest {
        promptIds = promptIds.clone();
        stops = List.copyOf(stops);
        List<String> problems = new ArrayList<>();
        if (promptIds.length == 0) {
            problems.add("the prompt has no tokens; allowed: at least one");
        }
        if (stops.size() > MOST_STOPS || stops.stream().anyMatch(String::isEmpty)) {
            problems.add("stop: " + stops.size() + " texts, "
                    + stops.stream().filter(String::isEmpty).count() + " of them empty; allowed: at most " + MOST_STOPS
                    + ", none empty");
        }
        checkPenalty("presence_penalty", presencePenalty, problems);
        checkPenalty("frequency_penalty", frequencyPenalty, problems);
        if (topLogprobs < NO_LOGPROBS || topLogprobs > MOST_LOGPROBS) {
            problems.add("top_logprobs: " + topLogprobs + "; allowed: 0 to " + MOST_LOGPROBS);
        }
        if (!problems.isEmpty()) {
            throw new ChatRefusal(ChatRefusal.Reason.INVALID, String.join("\n", problems));
        }
    }

    /** A request without stop texts, penalties or probabilities. */
    public static ChatRequest of(String model, int[] promptIds, Sampling sampling) {
        return new ChatRequest(model, promptIds, sampling, List.of(), 0, 0, NO_LOGPROBS);
    }

    /** The same with texts that end the answer. */
    public ChatRequest withStops(List<String> texts) {
        return new ChatRequest(model, promptIds, sampling, texts, presencePenalty, frequencyPenalty, topLogprobs);
    }

    /** The same with penalties on tokens that the answer holds already, from -2 to 2. */
    public ChatRequest withPenalties(double presence, double frequency) {
        return new ChatRequest(model, promptIds, sampling, stops, presence, frequency, topLogprobs);
    }

    /** The same with the probability of each chosen token and of the most probable ones. */
    public ChatRequest withLogprobs(int top) {
        return new ChatRequest(model, promptIds, sampling, stops, presencePenalty, frequencyPenalty, top);
    }

    @Override
    public int[] promptIds() {
        return promptIds.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ChatRequest that
                && model.equals(that.model)
                && Arrays.equals(promptIds, that.promptIds)
                && sampling.equals(that.sampling)
                && stops.equals(that.stops)
                && presencePenalty == that.presencePenalty
                && frequencyPenalty == that.frequencyPenalty
                && topLogprobs == that.topLogprobs;
    }

    @Override
    public int hashCode() {
        return model.hashCode() * 31 + Arrays.hashCode(promptIds);
    }

    boolean hasPenalties() {
        return presencePenalty != 0 || frequencyPenalty != 0;
    }

    private static void checkPenalty(String name, double value, List<String> problems) {
        if (!(Math.abs(value) <= LARGEST_PENALTY)) {
            problems.add(name + ": " + value + "; allowed: -2 to 2");
        }
    }
}
