package dev.stride.checkpoint;

import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.util.List;

/** The one limit on a tensor's size: it must fit into one Java buffer. */
final class OversizedTensor {
    private OversizedTensor() {}

    /** Refuses a tensor of more than 2 GiB less one byte. */
    static void check(String name, TensorInfo info) {
        if (info.numBytes() > Integer.MAX_VALUE) {
            throw new UserException(
                    "Cannot read a tensor of " + info.file(),
                    List.of(new Problem(
                            info.file() + ", tensor " + Printable.quoted(name),
                            info.dtype() + Shapes.text(info.shape()) + " takes " + info.numBytes() + " bytes",
                            "at most " + Integer.MAX_VALUE + " bytes in one tensor",
                            "",
                            "")));
        }
    }
}
