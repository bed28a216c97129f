package dev.stride.config;

/**
 * How often something happens: at the end of each epoch, or every so many updates. Written {@code epoch} or {@code 500}.
 *
 * @param steps updates between two times, at least 1; 0 stands for an epoch
 */
public record Cadence(long steps) {
    /** At the end of each epoch. */
    public static final Cadence EPOCH = new Cadence(0);

    public Cadence {
        if (steps < 0) {
            throw new IllegalArgumentException("every " + steps + " steps");
        }
    }

    /** Whether it happens after this update (counted from 1). */
    public boolean isDue(long step, long updatesPerEpoch) {
        return step % (steps == 0 ? updatesPerEpoch : steps) == 0;
    }

    @Override
    public String toString() {
        return steps == 0 ? "epoch" : Long.toString(steps);
    }
}
