package dev.stride.data;

/**
 * A shuffle that is the same on every machine and in every version: Fisher-Yates from the last place down, with numbers of
 * SplitMix64 (Steele, Lea, Flood 2014).
 *
 * <p>The generator's state starts at the seed; each stream number s turns it into {@code mix(state + (s + 1) * golden)},
 * so that epochs and files draw independent orders. A place below {@code bound} is the upper half of the next 64-bit
 * number times {@code bound}, shifted down by 32: the bias is below bound / 2^32.
 */
final class SeededShuffle {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;
    private long state;

    SeededShuffle(long seed, long... streams) {
        state = seed;
        for (long stream : streams) {
            state = mix(state + (stream + 1) * GOLDEN);
        }
    }

    /** Puts the values into a random order, in place. */
    void shuffle(int[] values) {
        for (int i = values.length - 1; i > 0; i--) {
            int j = below(i + 1);
            int value = values[i];
            values[i] = values[j];
            values[j] = value;
        }
    }

    long next() {
        state += GOLDEN;
        return mix(state);
    }

    private int below(int bound) {
        return (int) (((next() >>> 32) * bound) >>> 32);
    }

    private static long mix(long z) {
        long x = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        x = (x ^ (x >>> 27)) * 0x94D049BB133111EBL;
        return x ^ (x >>> 31);
    }
}
