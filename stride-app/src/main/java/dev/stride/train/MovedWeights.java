package dev.stride.train;

import dev.stride.peft.Parameter;
import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The share of the trained weights that an update changes by at least their last bit: near 0 the rate is too small for
 * the type in which they are held, and training does nothing.
 *
 * <p>At most about {@value #SAMPLE} of the weights are looked at, evenly over all parameters.
 */
final class MovedWeights {
    private static final int SAMPLE = 65_536;

    private final List<Parameter> parameters;
    private final long stride;
    private final List<Tensor> before = new ArrayList<>();

    MovedWeights(List<Parameter> parameters) {
        this.parameters = List.copyOf(parameters);
        long all = parameters.stream().mapToLong(p -> p.tensor().numel()).sum();
        this.stride = Math.max(1, all / SAMPLE);
    }

    /** Remembers the weights as they are. */
    void before() {
        forget();
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            for (Parameter parameter : parameters) {
                before.add(scope.keep(sample(parameter.tensor()).clone()));
            }
        }
    }

    /** The share, from 0 to 1, that is not what {@link #before} remembered; nothing is remembered afterwards. */
    double after() {
        long moved = 0;
        long looked = 0;
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            for (int i = 0; i < before.size(); i++) {
                Tensor now = sample(parameters.get(i).tensor());
                moved += now.ne(before.get(i)).sum().item_long();
                looked += now.numel();
            }
        }
        forget();
        return looked == 0 ? Double.NaN : (double) moved / looked;
    }

    private void forget() {
        before.forEach(TensorScope::free);
        before.clear();
    }

    /** Every so many-th weight; at least the first. */
    private Tensor sample(Tensor weights) {
        Tensor flat = weights.detach().reshape(-1);
        return stride == 1
                ? flat
                : torch.slice(
                        flat,
                        0,
                        new org.bytedeco.pytorch.LongOptional(0),
                        new org.bytedeco.pytorch.LongOptional(flat.numel()),
                        stride);
    }
}
