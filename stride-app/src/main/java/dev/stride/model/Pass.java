package dev.stride.model;

import dev.stride.torch.Native;
import org.bytedeco.pytorch.Tensor;

/** One forward pass over a flat row of tokens, and its way back. */
public sealed interface Pass permits RecordedPass, RecomputingPass {
    /** The hidden states after the final norm, without history: [tokens, hidden]. */
    Tensor hidden();

    /**
     * Adds the gradients of everything that trains below the output layer.
     *
     * @param gradient of the loss by {@link #hidden}: [tokens, hidden]
     */
    void backward(Tensor gradient);

    /** Seeds the dropout of one block, so that a second run of it drops the same. */
    static void seedBlock(long dropoutSeed, int block) {
        if (dropoutSeed != 0) {
            Native.seed(dropoutSeed * 1_000_003L + block);
        }
    }
}
