package dev.stride.monitor;

/**
 * What a guard sees of an update before it is made.
 *
 * @param step the update, from 1
 * @param loss mean over its trained tokens, in nats
 * @param gradientNorm global norm of the gradients before clipping
 * @param lr rate of the group with the highest one
 * @param warmup updates in which the schedule rises; 0: none
 * @param totalSteps updates planned
 */
public record StepSeen(long step, double loss, double gradientNorm, double lr, long warmup, long totalSteps) {
    /** Whether both the loss and the norm are numbers that can be reckoned with; {@link NonFiniteStop} has the others. */
    boolean isFinite() {
        return Double.isFinite(loss) && Double.isFinite(gradientNorm);
    }

    /** Whether the rate does not rise any more. */
    boolean isAfterWarmup() {
        return step > warmup;
    }
}
