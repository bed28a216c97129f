package dev.stride.train;

import dev.stride.data.DataLoader;
import dev.stride.data.Update;
import dev.stride.model.ChatGlmModel;
import dev.stride.peft.TuningMethod;
import dev.stride.recipe.OptimizerPlan;
import dev.stride.recipe.RateGroup;
import dev.stride.recipe.RunPlan;
import dev.stride.torch.AdamW;
import dev.stride.torch.Precision;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Updates as the run would make them, by an optimizer of their own whose moments begin at zero, so that the run's stays as
 * it is. What trains is changed: {@link TrainedCopy} takes that back.
 */
final class Trial implements SelfTest.Stepper {
    private final AdamW optimizer;
    private final LossScale lossScale;
    private final TrainStep step;
    private final List<RateGroup> groups;
    private int overflows;

    /** A trial of a run's model, method and settings. */
    Trial(Preparation preparation, ChatGlmModel model, TuningMethod tuning, boolean recompute) {
        RunPlan plan = preparation.plan();
        OptimizerPlan settings = plan.optimizer();
        optimizer = new AdamW(settings.beta1(), settings.beta2().value(), settings.eps());
        lossScale = preparation.precision() == Precision.FP16 ? LossScale.dynamic() : LossScale.none();
        step = new TrainStep(
                model,
                tuning,
                optimizer,
                new TrainStep.Settings(
                        settings.weightDecay().value(),
                        settings.clip().value(),
                        recompute,
                        preparation.config().train().seed()),
                lossScale,
                plan.groups());
        groups = step.groups();
    }

    /** The next update of a loader that has a trained token. */
    static Update next(DataLoader loader) {
        Update update = loader.next();
        while (update.trainedTokens() == 0) {
            update = loader.next(); // a loader has at least one row that trains
        }
        return update;
    }

    @Override
    public TrainStep.Gradients gradients(Update update, long number) {
        TrainStep.Gradients gradients = step.gradients(update.microBatches(), update.trainedTokens(), number);
        while (!gradients.isFinite()
                && Double.isFinite(gradients.loss())
                && lossScale.isDynamic()
                && lossScale.value() > 1) {
            overflows++;
            step.discard();
            lossScale.overflowed();
            gradients = step.gradients(update.microBatches(), update.trainedTokens(), number);
        }
        return gradients;
    }

    @Override
    public void update(double rate, TrainStep.Gradients gradients) {
        Map<String, Double> rates = new LinkedHashMap<>();
        groups.forEach(group -> rates.put(group.name(), group.rate(rate, 1)));
        step.update(rates, gradients.gradientNorm());
    }

    @Override
    public int overflows() {
        return overflows;
    }

    @Override
    public void close() {
        step.discard();
        optimizer.close();
    }
}
