package dev.stride.train;

import dev.stride.peft.Parameter;
import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * A copy of everything that trains, to be put back bit for bit. It takes as much memory as what trains: four bytes a
 * parameter.
 */
final class TrainedCopy implements AutoCloseable {
    private final List<Parameter> parameters;
    private final List<Tensor> copies = new ArrayList<>();

    /** Copies the values that parameters have now. */
    TrainedCopy(List<Parameter> parameters) {
        this.parameters = List.copyOf(parameters);
        try (NoGrad off = new NoGrad()) {
            for (Parameter parameter : parameters) {
                copies.add(TensorScope.outlive(() -> parameter.tensor().detach().clone()));
            }
        }
    }

    /** Gives the parameters the values of the copy and lets their gradients go. */
    void putBack() {
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            Tensor none = new Tensor();
            for (int i = 0; i < copies.size(); i++) {
                Tensor tensor = parameters.get(i).tensor();
                tensor.copy_(copies.get(i));
                tensor.mutable_grad().put(none);
            }
        }
    }

    @Override
    public void close() {
        copies.forEach(TensorScope::free);
    }
}
