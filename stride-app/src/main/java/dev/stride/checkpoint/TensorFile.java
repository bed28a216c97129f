package dev.stride.checkpoint;

import java.io.Closeable;
import java.util.Map;

/** One open file of weights; its table of tensors is read and checked when it is opened. */
interface TensorFile extends Closeable {
    /** What the file holds, in the file's order. */
    Map<String, TensorInfo> tensors();

    /** One tensor of {@link #tensors}. */
    StoredTensor read(String name);

    @Override
    void close();
}
