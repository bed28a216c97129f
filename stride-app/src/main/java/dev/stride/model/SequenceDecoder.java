package dev.stride.model;

import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/** Forward passes over the next tokens of several sequences at once, whose past is in a {@link KvPool}. */
public final class SequenceDecoder {
    private final ChatGlmModel model;
    private final KvPool pool;

    /** A decoder that borrows a model and a pool. */
    public SequenceDecoder(ChatGlmModel model, KvPool pool) {
        this.model = model;
        this.pool = pool;
    }

    /**
     * The next tokens of one sequence.
     *
     * @param start the first place of the sequence
     * @param past tokens before these, which the pool holds
     * @param ids the tokens, one or more; the pool holds them too when the pass is over
     * @param wantsLogits whether the logits behind the last of them are wanted
     */
    public record Slice(int start, int past, int[] ids, boolean wantsLogits) {
        int length() {
            return ids.length;
        }
    }

    /**
     * One pass over slices of different sequences.
     *
     * @return float32 [slices that want logits, vocabulary], in the scope of the caller; undefined where none does
     */
    public Tensor pass(List<Slice> slices) {
        try (NoGrad off = new NoGrad();
                TensorScope scope = new TensorScope()) {
            int[] ids = slices.stream()
                    .flatMapToInt(slice -> IntStream.of(slice.ids()))
                    .toArray();
            Tensor hidden = model.hidden(ids, new SequenceAttention(pool, slices, model.device())); // [tokens, hidden]
            int[] last = lastTokens(slices);
            if (last.length == 0) {
                return scope.handUp(new Tensor());
            }
            Tensor wanted =
                    last.length == ids.length ? hidden : hidden.index_select(0, Tensors.indices(last, model.device()));
            return scope.handUp(model.logits(wanted));
        }
    }

    private static int[] lastTokens(List<Slice> slices) {
        IntStream.Builder last = IntStream.builder();
        int end = 0;
        for (Slice slice : slices) {
            end += slice.length();
            if (slice.wantsLogits()) {
                last.add(end - 1);
            }
        }
        return last.build().toArray();
    }
}
