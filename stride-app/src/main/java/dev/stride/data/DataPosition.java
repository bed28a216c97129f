package dev.stride.data;

/**
 * How far a loader has come; what a checkpoint keeps of it.
 *
 * @param epoch epochs that are complete, so the epoch in progress counted from 0
 * @param index updates of that epoch already given
 * @param data digest of what the order depends on: ids, labels, weights, seed, shuffling and batch. Another rank count or
 *     micro-batch may go on from the same position
 */
public record DataPosition(int epoch, int index, String data) {
    public DataPosition {
        if (epoch < 0 || index < 0) {
            throw new IllegalArgumentException("epoch " + epoch + ", index " + index + ": neither may be below 0");
        }
    }
}
