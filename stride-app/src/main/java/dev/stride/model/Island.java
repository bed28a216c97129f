package dev.stride.model;

import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.jspecify.annotations.Nullable;

/** A piece recorded as a graph of libtorch that is cut off on both sides. */
class Island implements Piece.WayBack {
    private final boolean gradientWanted;
    private final Tensor input; // a leaf
    private final Tensor recorded;
    private final Tensor output; // recorded, without history

    Island(Piece piece, Tensor x, boolean gradientWanted) {
        this.gradientWanted = gradientWanted;
        try (TensorScope scope = new TensorScope();
                NoGrad on = NoGrad.off()) {
            input = scope.keep(x.detach().requires_grad_(gradientWanted));
            recorded = scope.keep(piece.forward(input));
            output = scope.keep(recorded.detach());
        }
    }

    @Override
    public Tensor output() {
        return output;
    }

    @Override
    public boolean trains() {
        return recorded.requires_grad();
    }

    @Override
    public @Nullable Tensor backward(Tensor gradient) {
        if (!trains()) {
            return null;
        }
        recorded.backward(gradient, new BoolOptional(), false, new TensorArrayRefOptional());
        return gradientWanted ? Tensors.gradient(input) : null;
    }

    @Override
    public void close() {
        TensorScope.free(input);
        TensorScope.free(recorded);
        TensorScope.free(output);
    }
}
