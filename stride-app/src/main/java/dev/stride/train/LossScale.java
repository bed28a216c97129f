package dev.stride.train;

/**
 * The factor that keeps float16 gradients out of underflow, as PyTorch's GradScaler: halved when gradients overflow,
 * doubled after 2000 updates in a row without. In float32 and bfloat16 it is 1 and never moves.
 */
public final class LossScale {
    private static final double INITIAL = 65536;
    private static final int GROWTH_INTERVAL = 2000;

    private final boolean dynamic;
    private double value;
    private int sinceOverflow;

    private LossScale(boolean dynamic, double value, int sinceOverflow) {
        this.dynamic = dynamic;
        this.value = value;
        this.sinceOverflow = sinceOverflow;
    }

    /** No scaling. */
    public static LossScale none() {
        return new LossScale(false, 1, 0);
    }

    /** Dynamic scaling from 2^16, for float16. */
    public static LossScale dynamic() {
        return new LossScale(true, INITIAL, 0);
    }

    /** Whether overflow is an expected event that only lowers the scale. */
    public boolean isDynamic() {
        return dynamic;
    }

    /** The factor now. */
    public double value() {
        return value;
    }

    /** Updates made since the last overflow. */
    public int sinceOverflow() {
        return sinceOverflow;
    }

    /** Goes on from a saved state. */
    public void restore(double savedValue, int savedSinceOverflow) {
        if (dynamic) {
            value = savedValue;
            sinceOverflow = savedSinceOverflow;
        }
    }

    /** Gradients overflowed; the update was not made. */
    void overflowed() {
        value = Math.max(1, value / 2);
        sinceOverflow = 0;
    }

    /** An update was made. */
    void updated() {
        if (dynamic && ++sinceOverflow == GROWTH_INTERVAL) {
            value *= 2;
            sinceOverflow = 0;
        }
    }
}
