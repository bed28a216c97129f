package dev.stride.recipe;

/**
 * AdamW's numbers for a run, those that the profile decides with their reasons.
 *
 * @param beta1 decay of the first moment. It stays at every batch: the rule 1 - k(1 - b1) of Malladi et al. 2022 would
 *     give 0.6 at four times the batch and nothing sensible from ten times on
 * @param beta2 decay of the second moment
 * @param eps added to the root of the second moment
 * @param weightDecay on matrices; none on biases and norms
 * @param clip largest global norm of the gradient; 0 for no clipping
 */
public record OptimizerPlan(
        double beta1, Reasoned<Double> beta2, double eps, Reasoned<Double> weightDecay, Reasoned<Double> clip) {}
