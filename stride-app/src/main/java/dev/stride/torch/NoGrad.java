package dev.stride.torch;

import org.bytedeco.pytorch.AutoGradMode;

/** While it is open, operations of this thread record no graph for gradients. */
public final class NoGrad implements AutoCloseable {
    private final AutoGradMode mode;

    /** Turns recording off. */
    public NoGrad() {
        this(false);
    }

    private NoGrad(boolean record) {
        mode = new AutoGradMode(record);
    }

    /** While it is open, operations record, also inside a NoGrad. */
    public static NoGrad off() {
        return new NoGrad(true);
    }

    @Override
    public void close() {
        mode.deallocate();
    }
}
