package dev.stride.experiment;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Set;

/**
 * One evaluation on the validation data.
 *
 * @param step updates made before it; 0 is the model as it came
 * @param loss mean over all trained tokens of the validation data, in nats
 * @param tokens how many those are
 * @param scores of generated texts by name ({@code rouge-1}, {@code bleu-4}, ...), in the order given; empty when
 *     nothing was generated. In {@code events.jsonl} they stand beside the other keys, so they may not bear those names
 * @param seconds wall time of the evaluation
 * @param asked whether a person asked for it: it is none of the planned ones, and no rule that counts those sees it
 */
public record EvalEvent(long step, double loss, long tokens, Map<String, Double> scores, double seconds, boolean asked)
        implements RunEvent {
    static final String TYPE = "eval";
    private static final Set<String> KEYS = Set.of("type", "step", "loss", "tokens", "seconds", "asked");

    public EvalEvent {
        for (String name : scores.keySet()) {
            if (KEYS.contains(name)) {
                throw new IllegalArgumentException("a score cannot be named '" + name + "': the event has such a key");
            }
        }
        scores = OrderedNumbers.copy(scores);
    }

    /** A planned evaluation. */
    public EvalEvent(long step, double loss, long tokens, Map<String, Double> scores, double seconds) {
        this(step, loss, tokens, scores, seconds, false);
    }

    @Override
    public ObjectNode toJson() {
        ObjectNode line = JsonFields.event(TYPE, step);
        JsonFields.put(line, "loss", loss);
        line.put("tokens", tokens);
        JsonFields.putAll(line, scores);
        JsonFields.put(line, "seconds", seconds);
        return asked ? line.put("asked", true) : line;
    }

    static EvalEvent read(JsonFields fields) {
        return new EvalEvent(
                fields.whole("step"),
                fields.number("loss"),
                fields.whole("tokens"),
                fields.otherNumbers(KEYS),
                fields.number("seconds", Double.NaN),
                fields.isTrue("asked"));
    }
}
