package dev.stride.monitor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a run's events tell a diagnosis: plain numbers, in the order of the steps.
 *
 * @param updates every update that was made
 * @param evaluations every evaluation on the validation data
 * @param skips batches with which no update was made
 * @param plannedSteps updates that the run was to make, 0 where not known
 * @param warmupSteps updates until the peak, 0 where there is no warm-up or it is not known
 * @param storage the type that holds the weights that train, for example {@code fp32} or {@code bf16}; null where not
 *     known
 * @param finished whether the run has ended
 */
public record Curve(
        List<Update> updates,
        List<Evaluation> evaluations,
        List<Skip> skips,
        long plannedSteps,
        long warmupSteps,
        @Nullable String storage,
        boolean finished) {
    /**
     * One update.
     *
     * @param step counted from 1
     * @param loss mean over its trained tokens, in nats
     * @param rate of the parameter group with the highest
     * @param gradientNorm before clipping
     * @param movedShare share of the trained weights that changed, from 0 to 1; NaN where it was not measured
     */
    public record Update(long step, double loss, double rate, double gradientNorm, double movedShare) {}

    /**
     * One evaluation.
     *
     * @param step updates made before it
     * @param loss mean over the trained tokens of the validation data, in nats
     */
    public record Evaluation(long step, double loss) {}

    /**
     * A batch with which no update was made.
     *
     * @param step the update that it would have been
     * @param reason why
     */
    public record Skip(long step, String reason) {}

    public Curve {
        updates = List.copyOf(updates);
        evaluations = List.copyOf(evaluations);
        skips = List.copyOf(skips);
    }
}
