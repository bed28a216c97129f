package dev.stride.experiment;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/**
 * One optimizer update that was made.
 *
 * @param step the update, from 1
 * @param loss mean over all trained tokens of the update, in nats
 * @param lr the rate that the update used, by parameter group, in the optimizer's order
 * @param gradNorm global norm of the gradients before clipping
 * @param tokens tokens that the update trained on
 * @param seconds wall time of the update
 * @param tokensPerSecond speed of the update; what it counts (trained tokens or all) is the trainer's word
 * @param epoch how often the data has been gone through after this update, for example 1.25
 * @param moved share of the trained weights that the update changed, from a sample; NaN where it was not measured
 */
public record StepEvent(
        long step,
        double loss,
        Map<String, Double> lr,
        double gradNorm,
        long tokens,
        double seconds,
        double tokensPerSecond,
        double epoch,
        double moved)
        implements RunEvent {
    static final String TYPE = "step";

    public StepEvent {
        if (step < 1) {
            throw new IllegalArgumentException("step " + step + ": updates are counted from 1");
        }
        if (lr.isEmpty()) {
            throw new IllegalArgumentException("step " + step + " has no learning rate");
        }
        lr = OrderedNumbers.copy(lr);
    }

    /** An update whose moved weights were not measured. */
    public StepEvent(
            long step,
            double loss,
            Map<String, Double> lr,
            double gradNorm,
            long tokens,
            double seconds,
            double tokensPerSecond,
            double epoch) {
        this(step, loss, lr, gradNorm, tokens, seconds, tokensPerSecond, epoch, Double.NaN);
    }

    @Override
    public ObjectNode toJson() {
        ObjectNode line = JsonFields.event(TYPE, step);
        JsonFields.put(line, "loss", loss);
        JsonFields.putAll(line.putObject("lr"), lr);
        JsonFields.put(line, "grad_norm", gradNorm);
        line.put("tokens", tokens);
        JsonFields.put(line, "seconds", seconds);
        JsonFields.put(line, "tokens_per_second", tokensPerSecond);
        JsonFields.put(line, "epoch", epoch);
        if (!Double.isNaN(moved)) {
            JsonFields.put(line, "moved", moved);
        }
        return line;
    }

    static StepEvent read(JsonFields fields) {
        return new StepEvent(
                fields.whole("step"),
                fields.number("loss"),
                fields.numbers("lr"),
                fields.number("grad_norm"),
                fields.whole("tokens"),
                fields.number("seconds"),
                fields.number("tokens_per_second", Double.NaN),
                fields.number("epoch", Double.NaN),
                fields.number("moved", Double.NaN));
    }
}
