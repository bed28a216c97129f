package dev.stride.torch;

import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The state of libtorch's random generator of the CPU as it is now; closing puts it back, whatever drew numbers or seeded
 * it in between. Generators of other devices are not held: dropout seeds them anew for each of its masks.
 */
public final class RandomState implements AutoCloseable {
    private final Tensor state;

    /** Remembers the state. */
    public RandomState() {
        state = TensorScope.outlive(() -> generator().get_state());
    }

    @Override
    public void close() {
        try (TensorScope scope = new TensorScope()) {
            generator().set_state(state);
        }
        TensorScope.free(state);
    }

    private static Generator generator() {
        return torch.getDefaultCPUGenerator();
    }
}
