package dev.stride.config;

import java.util.List;
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
 * @param layerDecay d in (0, 1): layer i of L has the rate times d^(L-1-i); null: all layers have the same rate
 * @param groups factors on the rates of parameters by name; the first that matches acts
 */
public record OptimizerConfig(
        @Nullable Double lr,
        double weightDecay,
        double beta1,
        double beta2,
        double eps,
        double clip,
        @Nullable Double layerDecay,
        List<GroupFactor> groups) {
    public OptimizerConfig {
        groups = List.copyOf(groups);
    }

    /** One rate for everything. */
    public OptimizerConfig(
            @Nullable Double lr, double weightDecay, double beta1, double beta2, double eps, double clip) {
        this(lr, weightDecay, beta1, beta2, eps, clip, null, List.of());
    }
}
