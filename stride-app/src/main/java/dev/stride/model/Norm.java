package dev.stride.model;

import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * RMSNorm: x / sqrt(mean(x^2) + eps) x weight, all in float32, then cast back to the type of x.
 *
 * <p>The way back is written out: with r = 1 / sqrt(mean(x^2) + eps) and u = gradient x weight, the gradient by x is
 * r (u - x r^2 mean(u x)). LayerNorm's kernel, told that the mean is 0, gives r (u - x r^2 mean(u x) - mean(u)), and
 * r mean(u) is added again: two passes over memory where libtorch's own RMSNorm takes eight (bench/).
 */
final class Norm implements Piece {
    private final Tensor weight; // [hidden]
    private final double epsilon;

    Norm(Tensor weight, double epsilon) {
        this.weight = weight;
        this.epsilon = epsilon;
    }

    @Override
    public Tensor forward(Tensor x) {
        Tensor normed = torch.rms_norm(
                Tensors.as(x, torch.ScalarType.Float),
                new long[] {x.size(1)},
                new TensorOptional(Tensors.as(weight, torch.ScalarType.Float)),
                new DoubleOptional(epsilon));
        return Tensors.as(normed, Tensors.type(x));
    }

    @Override
    public WayBack record(Tensor x, boolean gradientWanted) {
        return new Back(x, gradientWanted);
    }

    private final class Back implements WayBack {
        private final boolean gradientWanted;
        private final Tensor x; // [tokens, hidden]
        private final Tensor output;

        Back(Tensor x, boolean gradientWanted) {
            this.gradientWanted = gradientWanted;
            try (TensorScope scope = new TensorScope();
                    NoGrad off = new NoGrad()) {
                this.x = scope.keep(x.detach());
                this.output = scope.keep(forward(x));
            }
        }

        @Override
        public Tensor output() {
            return output;
        }

        @Override
        public boolean trains() {
            return gradientWanted || weight.requires_grad();
        }

        @Override
        public @Nullable Tensor backward(Tensor gradient) {
            try (TensorScope scope = new TensorScope();
                    NoGrad off = new NoGrad()) {
                Tensor g = Tensors.as(gradient, torch.ScalarType.Float);
                Tensor wide = Tensors.as(x, torch.ScalarType.Float);
                long hidden = wide.size(1);
                Tensor r = wide.square()
                        .mean(new long[] {1}, true, new ScalarTypeOptional())
                        .add_(new Scalar(epsilon))
                        .rsqrt_(); // [tokens, 1]
                Tensor scale = Tensors.as(weight, torch.ScalarType.Float);
                T_TensorTensorTensor_T gradients = torch.native_layer_norm_backward(
                        g,
                        wide,
                        new long[] {hidden},
                        torch.zeros_like(r),
                        r,
                        new TensorOptional(scale),
                        new TensorOptional(),
                        new BoolPointer(3)
                                .put(0, gradientWanted)
                                .put(1, weight.requires_grad())
                                .put(2, false));
                if (weight.requires_grad()) {
                    // by way of autograd, whose hooks tell the other ranks
                    weight.backward(gradients.get1(), new BoolOptional(), false, new TensorArrayRefOptional());
                }
                if (!gradientWanted) {
                    return null;
                }
                Tensor mean = g.mv(scale).unsqueeze(1).mul_(r).mul_(new Scalar(1.0 / hidden)); // [tokens, 1]
                Tensor byInput = new Tensor(gradients.get0()); // the tuple owns its own handle
                byInput.add_(mean);
                return scope.handUp(Tensors.as(byInput, Tensors.type(x)));
            }
        }

        @Override
        public void close() {
            TensorScope.free(x);
            TensorScope.free(output);
        }
    }
}
