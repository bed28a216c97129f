package dev.stride.model;

import dev.stride.torch.TensorScope;
import dev.stride.torch.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Turned keys, and values, of every past token of a batch of rows, for each block; it owns their memory. */
final class KvCache implements AutoCloseable {
    private final List<Tensor> keys = new ArrayList<>(); // per block [rows, groups, capacity, head]
    private final List<Tensor> values = new ArrayList<>();
    private int length;

    KvCache(ChatGlmConfig config, int rows, int capacity, Device device) {
        for (int i = 0; i < config.numLayers(); i++) {
            keys.add(block(config, rows, capacity, device));
            values.add(block(config, rows, capacity, device));
        }
    }

    /** Bytes that a cache of a capacity takes. */
    static long bytes(ChatGlmConfig config, int rows, int capacity) {
        return 2L * config.numLayers() * rows * config.numGroups() * capacity * config.headSize() * Float.BYTES;
    }

    /** Tokens held for each row. */
    int length() {
        return length;
    }

    /** Marks new tokens as held, after every block has stored them. */
    void advance(int tokens) {
        length += tokens;
    }

    /** Stores new keys [rows, groups, new, head] of a block and gives all of them: [rows, groups, length + new, head]. */
    Tensor extendKeys(int block, Tensor added) {
        return extend(keys.get(block), added);
    }

    /** Stores new values of a block and gives all of them. */
    Tensor extendValues(int block, Tensor added) {
        return extend(values.get(block), added);
    }

    @Override
    public void close() {
        keys.forEach(TensorScope::free);
        values.forEach(TensorScope::free);
    }

    private Tensor extend(Tensor held, Tensor added) {
        held.narrow(2, length, added.size(2)).copy_(added);
        return held.narrow(2, 0, length + added.size(2));
    }

    private static Tensor block(ChatGlmConfig config, int rows, int capacity, Device device) {
        return TensorScope.outlive(() ->
                Tensors.zeros(torch.ScalarType.Float, device, rows, config.numGroups(), capacity, config.headSize()));
    }
}
