package dev.stride.model;

import dev.stride.torch.Tensors;
import org.bytedeco.pytorch.Tensor;

/**
 * New tokens of a batch of left-padded rows attending to the past and to themselves (modeling_chatglm.py, get_masks).
 *
 * <p>Padding is never attended to; the row of a padding token itself attends to everything, so that no softmax is empty.
 * Padding has position 0 and the first real token too.
 */
final class CachedAttention implements Attention {
    private final KvCache cache;
    private final int rows;
    private final int columns;
    private final int[] positions;
    private final @org.jspecify.annotations.Nullable Tensor mask; // [rows, 1, columns, past + columns]

    /**
     * Attention of the next columns of every row.
     *
     * @param columns new tokens of each row
     * @param padding padded columns at the left of each row
     */
    CachedAttention(KvCache cache, int columns, int[] padding, org.bytedeco.pytorch.Device device) {
        this.cache = cache;
        this.rows = padding.length;
        this.columns = columns;
        int past = cache.length();
        positions = new int[rows * columns];
        boolean padded = false;
        for (int row = 0; row < rows; row++) {
            padded |= padding[row] > 0;
            for (int column = 0; column < columns; column++) {
                positions[row * columns + column] = Math.max(0, past + column - padding[row]);
            }
        }
        boolean plain = !padded && (past == 0 || columns == 1);
        mask = plain ? null : Tensors.onto(mask(past, padding), device);
    }

    @Override
    public int[] positions() {
        return positions;
    }

    @Override
    public int longestRow() {
        return columns;
    }

    @Override
    public Tensor attend(int layer, Tensor q, Tensor k, Tensor v) {
        long heads = q.size(1);
        long groups = k.size(1);
        long head = q.size(2);
        long perGroup = heads / groups;
        Tensor keys =
                cache.extendKeys(layer, k.view(rows, columns, groups, head).transpose(1, 2));
        Tensor values =
                cache.extendValues(layer, v.view(rows, columns, groups, head).transpose(1, 2));
        if (columns == 1) {
            // the heads of a group stand where a sequence of queries would, so keys are read once a group
            Tensor query = q.view(rows, groups, perGroup, head);
            Tensor out = Attention.scaledDotProduct(query, keys, values, mask, false);
            return out.reshape(rows, heads * head);
        }
        Tensor query = q.view(rows, columns, heads, head).transpose(1, 2);
        Tensor out = Attention.scaledDotProduct(query, keys, values, mask, mask == null);
        return out.transpose(1, 2).reshape((long) rows * columns, heads * head);
    }

    private Tensor mask(int past, int[] padding) {
        int length = past + columns;
        boolean[] allowed = new boolean[rows * columns * length];
        int at = 0;
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                int query = past + column;
                boolean isPadding = query < padding[row];
                for (int key = 0; key < length; key++) {
                    allowed[at++] = isPadding || (key >= padding[row] && key <= query);
                }
            }
        }
        return Tensors.of(allowed, rows, 1, columns, length);
    }
}
