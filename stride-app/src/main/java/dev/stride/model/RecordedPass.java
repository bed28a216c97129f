package dev.stride.model;

import dev.stride.torch.TensorScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;

/** A pass whose whole graph is kept for the way back. */
final class RecordedPass implements Pass {
    private final Tensor recorded; // [tokens, hidden]

    RecordedPass(ChatGlmModel model, int[] inputIds, Attention attention, long dropoutSeed) {
        Tensor x = model.embed(inputIds);
        Tensor rotations = model.rotary().at(attention.positions());
        int block = 0;
        for (Layer layer : model.layers()) {
            Pass.seedBlock(dropoutSeed, block++);
            // what Java names inside a block is freed here; the graph holds what the way back needs
            try (TensorScope scope = new TensorScope()) {
                x = scope.handUp(layer.forward(x, rotations, attention));
            }
        }
        recorded = model.finalNorm(x);
    }

    @Override
    public Tensor hidden() {
        return recorded.detach();
    }

    @Override
    public void backward(Tensor gradient) {
        if (recorded.requires_grad()) {
            recorded.backward(gradient, new BoolOptional(), false, new TensorArrayRefOptional());
        }
    }
}
