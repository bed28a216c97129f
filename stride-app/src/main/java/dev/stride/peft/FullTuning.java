package dev.stride.peft;

import dev.stride.model.ChatGlmModel;
import java.util.List;

/** Full tuning: every weight of the model trains. */
public final class FullTuning implements TuningMethod {
    private final List<Parameter> parameters;

    /** Marks all weights of a model, which must be float32 masters. */
    public FullTuning(ChatGlmModel model) {
        parameters = model.weights().entrySet().stream()
                .map(entry -> Parameter.of(entry.getKey(), entry.getValue().requires_grad_(true)))
                .toList();
    }

    @Override
    public List<Parameter> parameters() {
        return parameters;
    }

    @Override
    public void dropoutSeed(long passSeed) {}

    @Override
    public void close() {
        // the model owns the weights
    }
}
