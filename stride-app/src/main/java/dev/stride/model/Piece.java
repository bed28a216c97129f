package dev.stride.model;

import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** A piece of a block that goes forward and back on its own; a block is a chain of them between two residual sums. */
interface Piece {
    /** The output alone. */
    Tensor forward(Tensor x);

    /**
     * The output and the way back, which owns what it keeps.
     *
     * @param x without history
     * @param gradientWanted whether the way back must give the gradient by x
     */
    default WayBack record(Tensor x, boolean gradientWanted) {
        return new Island(this, x, gradientWanted);
    }

    /** The way back through one recorded piece. */
    interface WayBack extends AutoCloseable {
        /** The output, without history; it lives until this is closed. */
        Tensor output();

        /** Whether anything in the piece or before it trains. */
        boolean trains();

        /**
         * Adds the gradients of the piece's own parameters.
         *
         * @return the gradient by the piece's input, in the scope of the caller; null where it was not wanted
         */
        @Nullable
        Tensor backward(Tensor gradient);

        @Override
        void close();
    }
}
