package dev.stride.torch;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorList;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * AdamW with decoupled weight decay over float32 masters, through libtorch's fused kernel (Loshchilov and Hutter 2019).
 *
 * <p>First p -= lr x decay x p, then p -= lr / (1 - b1^t) x m / (sqrt(v) / sqrt(1 - b2^t) + eps). Moments and the step
 * count are float32 and owned here.
 */
public final class AdamW implements AutoCloseable {
    private static final String FUSED = "aten::_fused_adamw_";

    private final double beta1;
    private final double beta2;
    private final double epsilon;
    private final List<Slot> slots = new ArrayList<>();

    /**
     * What the optimizer holds for one parameter; all three are float32 and live as long as the optimizer.
     *
     * @param held false where another process has the moments: they are empty here, and the parameter is updated there
     */
    public record Slot(String name, Tensor parameter, Tensor momentum, Tensor variance, Tensor step, boolean held) {}

    /** An optimizer without parameters yet. */
    public AdamW(double beta1, double beta2, double epsilon) {
        this.beta1 = beta1;
        this.beta2 = beta2;
        this.epsilon = epsilon;
    }

    /** Takes a parameter in; its moments start at zero. */
    public Slot add(String name, Tensor parameter) {
        return add(name, parameter, true);
    }

    /** The same, or only its gradient where another process has its moments. */
    public Slot add(String name, Tensor parameter, boolean held) {
        Slot slot = new Slot(
                name,
                parameter,
                moment(parameter, held),
                moment(parameter, held),
                TensorScope.outlive(() -> Tensors.zeros(torch.ScalarType.Float, parameter.device(), 1)
                        .squeeze()),
                held);
        slots.add(slot);
        return slot;
    }

    private static Tensor moment(Tensor parameter, boolean held) {
        return TensorScope.outlive(() -> held
                ? torch.zeros_like(parameter).set_requires_grad(false)
                : Tensors.zeros(Tensors.type(parameter), parameter.device(), 0));
    }

    /** Bytes of the moments that are held here. */
    public long momentBytes() {
        return slots.stream()
                .mapToLong(slot -> slot.momentum().nbytes() + slot.variance().nbytes())
                .sum();
    }

    /** Everything held, in the order it was added. */
    public List<Slot> slots() {
        return List.copyOf(slots);
    }

    /**
     * One update of those of some parameters whose moments are held here and that have a gradient.
     *
     * @param lr the rate, used as it is
     * @param weightDecay of these parameters
     * @param gradientFactor multiplies the gradients on their way in: clipping, and undoing a loss scale
     */
    public void step(List<Slot> group, double lr, double weightDecay, double gradientFactor) {
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            TensorList parameters = new TensorList();
            TensorList gradients = new TensorList();
            TensorList momenta = new TensorList();
            TensorList variances = new TensorList();
            TensorList steps = new TensorList();
            Scalar one = new Scalar(1);
            for (Slot slot : group) {
                Tensor gradient = Tensors.gradient(slot.parameter());
                if (!slot.held() || !gradient.defined()) {
                    continue;
                }
                slot.step().add_(one); // the kernel expects the count of this update
                parameters.push_back(slot.parameter());
                gradients.push_back(gradient);
                momenta.push_back(slot.momentum());
                variances.push_back(slot.variance());
                steps.push_back(slot.step());
            }
            if (parameters.empty()) {
                return;
            }
            // the kernel divides by it, which spares a pass over all gradients
            IValue gradientScale = gradientFactor == 1
                    ? new IValue()
                    : new IValue(Tensors.of(new float[] {(float) (1 / gradientFactor)}, 1)
                            .squeeze());
            Operator.run(
                    FUSED,
                    list(parameters),
                    list(gradients),
                    list(momenta),
                    list(variances),
                    list(new TensorList()),
                    list(steps),
                    new IValue(lr),
                    new IValue(beta1),
                    new IValue(beta2),
                    new IValue(weightDecay),
                    new IValue(epsilon),
                    new IValue(false), // amsgrad
                    new IValue(false), // maximize
                    gradientScale,
                    new IValue()); // found_inf
        }
    }

    /**
     * The L2 norm of all gradients together, before any clipping.
     *
     * @return NaN or infinite where a gradient is
     */
    public double gradientNorm() {
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            TensorVector norms = new TensorVector();
            for (Slot slot : slots) {
                Tensor gradient = Tensors.gradient(slot.parameter());
                if (gradient.defined()) {
                    norms.push_back(torch.linalg_vector_norm(gradient));
                }
            }
            return norms.empty()
                    ? 0
                    : torch.linalg_vector_norm(torch.stack(norms, 0)).item_double();
        }
    }

    /** Lets all gradients go. */
    public void clearGradients() {
        try (TensorScope scope = new TensorScope()) {
            Tensor none = new Tensor();
            for (Slot slot : slots) {
                slot.parameter().mutable_grad().put(none);
            }
        }
    }

    @Override
    public void close() {
        for (Slot slot : slots) {
            TensorScope.free(slot.momentum());
            TensorScope.free(slot.variance());
            TensorScope.free(slot.step());
        }
    }

    private static IValue list(TensorList tensors) {
        // the constructor that takes a TensorVector would pick IValue(Pointer): a raw capsule
        return new IValue(new GenericList((Pointer) tensors));
    }
}
