package dev.stride.config;

import org.jspecify.annotations.Nullable;

/**
 * AdamW with decoupled decay.
 *
 * @param lr the peak rate itself; null: planned from recipe and batch
 * @param weightDecay on matrices, at least 0; none on biases and norms
 * @param beta1 decay of the first moment, 0 to below 1
 * @param beta2 decay of the second moment, 0 to below 1
 * @param eps added to the root of the second moment, above 0
 * @param clip largest global norm of the gradient; 0: gradients are not clipped
 */
public record OptimizerConfig(
        @Nullable Double lr, double weightDecay, double beta1, double beta2, double eps, double clip) {}
