package dev.stride.model;

import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;

/**
 * A pass that keeps only the input of each block and runs the block once more on the way back: memory for one block's
 * graph instead of all, for a third more work. The numbers are the same.
 */
final class RecomputingPass implements Pass {
    private final ChatGlmModel model;
    private final Attention attention;
    private final long dropoutSeed;
    private final Tensor rotations;
    private final Tensor embedded; // [tokens, hidden], with its graph where the embedding trains
    private final List<Tensor> inputs = new ArrayList<>(); // of each block, then of the final norm
    private final Tensor recorded; // [tokens, hidden]

    RecomputingPass(ChatGlmModel model, int[] inputIds, Attention attention, long dropoutSeed) {
        this.model = model;
        this.attention = attention;
        this.dropoutSeed = dropoutSeed;
        this.rotations = model.rotary().at(attention.positions());
        this.embedded = model.embed(inputIds);
        try (NoGrad off = new NoGrad()) {
            Tensor x = embedded.detach();
            for (int i = 0; i < model.layers().size(); i++) {
                inputs.add(x);
                Pass.seedBlock(dropoutSeed, i);
                try (TensorScope scope = new TensorScope()) {
                    x = scope.handUp(model.layers().get(i).forward(x, rotations, attention));
                }
            }
            inputs.add(x);
        }
        inputs.get(inputs.size() - 1).requires_grad_(true);
        recorded = model.finalNorm(inputs.get(inputs.size() - 1));
    }

    @Override
    public Tensor hidden() {
        return recorded.detach();
    }

    @Override
    public void backward(Tensor gradient) {
        run(recorded, gradient);
        Tensor flowing = Tensors.gradient(inputs.get(inputs.size() - 1)); // [tokens, hidden]
        for (int i = inputs.size() - 2; i >= 0; i--) {
            try (TensorScope scope = new TensorScope()) {
                Tensor input = inputs.get(i).detach().requires_grad_(true);
                Pass.seedBlock(dropoutSeed, i);
                run(model.layers().get(i).forward(input, rotations, attention), flowing);
                flowing = scope.handUp(Tensors.gradient(input));
            }
        }
        if (embedded.requires_grad()) {
            run(embedded, flowing);
        }
    }

    private static void run(Tensor output, Tensor gradient) {
        output.backward(gradient, new BoolOptional(), false, new TensorArrayRefOptional());
    }
}
