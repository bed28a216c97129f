package dev.stride.model;

import dev.stride.torch.NoGrad;
import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Memory for turned keys, and values, of the tokens of many sequences; it is taken once and owned here.
 *
 * <p>Places count from 0. A sequence holds a run of neighbouring places, which its user gives out; nothing here knows whose
 * they are. Memory that was never written may hold anything, and on a CPU takes none of the machine's.
 */
public final class KvPool implements AutoCloseable {
    private final int places;
    private final List<Tensor> blocks = new ArrayList<>(); // per block [2, groups, places, head]
    private final List<Tensor> keys = new ArrayList<>(); // views of them: [1, groups, places, head]
    private final List<Tensor> values = new ArrayList<>();

    /** Memory for the tokens of a model. */
    public KvPool(ChatGlmConfig config, int places, Device device) {
        this.places = places;
        for (int i = 0; i < config.numLayers(); i++) {
            Tensor block = TensorScope.outlive(() ->
                    Tensors.empty(torch.ScalarType.Float, device, 2, config.numGroups(), places, config.headSize()));
            blocks.add(block);
            keys.add(TensorScope.outlive(() -> block.narrow(0, 0, 1).squeeze(0).unsqueeze(0)));
            values.add(
                    TensorScope.outlive(() -> block.narrow(0, 1, 1).squeeze(0).unsqueeze(0)));
        }
    }

    /** Bytes of one place. */
    public static long bytesPerPlace(ChatGlmConfig config) {
        return KvCache.bytes(config, 1, 1);
    }

    /** Tokens that it can hold. */
    public int places() {
        return places;
    }

    /** Copies what some places hold to others; the two runs have none in common. */
    public void copy(int from, int to, int length) {
        try (TensorScope scope = new TensorScope();
                NoGrad off = new NoGrad()) {
            for (Tensor block : blocks) {
                block.narrow(2, to, length).copy_(block.narrow(2, from, length));
            }
        }
    }

    /** Stores keys and values [tokens, groups, head] of a block at places, an int64 tensor [tokens]. */
    void store(int block, Tensor at, Tensor k, Tensor v) {
        Tensor both = torch.stack(new org.bytedeco.pytorch.TensorVector(k, v), 0); // [2, tokens, groups, head]
        blocks.get(block).index_copy_(2, at, both.transpose(1, 2));
    }

    /** The keys of a run of places: [1, groups, length, head]. */
    Tensor keys(int block, int start, int length) {
        return keys.get(block).narrow(2, start, length);
    }

    /** The values of a run of places: [1, groups, length, head]. */
    Tensor values(int block, int start, int length) {
        return values.get(block).narrow(2, start, length);
    }

    @Override
    public void close() {
        keys.forEach(TensorScope::free);
        values.forEach(TensorScope::free);
        blocks.forEach(TensorScope::free);
    }
}
