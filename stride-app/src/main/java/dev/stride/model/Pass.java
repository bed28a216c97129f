package dev.stride.model;

import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One forward pass over a flat row of tokens, and its way back.
 *
 * <p>Either every block is recorded on the way forward, or only its input is kept and the block runs once more on the
 * way back: memory for one block instead of all, for a third more work. The numbers are the same.
 */
public final class Pass implements AutoCloseable {
    private final List<LayerRecord> records = new ArrayList<>();
    private final Piece.WayBack embedding;
    private final Piece.WayBack finalNorm;

    /**
     * Runs forward.
     *
     * @param recompute keep only each block's input
     */
    Pass(ChatGlmModel model, int[] inputIds, Attention attention, boolean recompute) {
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            Tensor rotations = model.rotary().at(attention.positions());
            Piece embed = model::embed;
            embedding = embed.record(Tensors.indices(inputIds, model.device()), false);
            Tensor x = embedding.output();
            boolean trains = embedding.trains();
            for (Layer layer : model.layers()) {
                LayerRecord record = new LayerRecord(layer, x, trains, rotations, attention, recompute);
                records.add(record);
                x = record.output();
                trains = record.trains();
            }
            finalNorm = model.finalNorm().record(x, trains);
        }
    }

    /** The hidden states after the final norm, without history: [tokens, hidden]. */
    public Tensor hidden() {
        return finalNorm.output();
    }

    /**
     * Adds the gradients of everything that trains below the output layer. Once only.
     *
     * @param gradient of the loss by {@link #hidden}: [tokens, hidden]
     */
    public void backward(Tensor gradient) {
        @Nullable Tensor flowing = finalNorm.backward(gradient);
        for (int i = records.size() - 1; i >= 0 && flowing != null; i--) {
            try (TensorScope scope = new TensorScope()) {
                flowing = records.get(i).backward(flowing);
                if (flowing != null) {
                    flowing = scope.handUp(flowing);
                }
            }
        }
        if (flowing != null) {
            embedding.backward(flowing);
        }
    }

    @Override
    public void close() {
        embedding.close();
        records.forEach(LayerRecord::close);
        finalNorm.close();
    }
}
