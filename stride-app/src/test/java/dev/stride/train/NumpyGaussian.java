package dev.stride.train;

/**
 * The normal numbers of numpy's frozen legacy generator, {@code RandomState(seed).randn}: Mersenne Twister 19937
 * (Matsumoto and Nishimura 1998), 53-bit doubles, the polar method of Marsaglia. The same numbers as numpy, up to the
 * last bit of a logarithm.
 */
final class NumpyGaussian {
    private static final int SIZE = 624;
    private static final int SHIFT = 397;

    private final int[] state = new int[SIZE];
    private int index = SIZE;
    private double stored = Double.NaN;

    NumpyGaussian(int seed) {
        state[0] = seed;
        for (int i = 1; i < SIZE; i++) {
            state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
        }
    }

    /** The next normal number. */
    double next() {
        if (!Double.isNaN(stored)) {
            double second = stored;
            stored = Double.NaN;
            return second;
        }
        double x1;
        double x2;
        double square;
        do {
            x1 = 2 * uniform() - 1;
            x2 = 2 * uniform() - 1;
            square = x1 * x1 + x2 * x2;
        } while (square >= 1 || square == 0);
        double factor = Math.sqrt(-2 * StrictMath.log(square) / square);
        stored = factor * x1;
        return factor * x2;
    }

    private double uniform() {
        long high = word() >>> 5;
        long low = word() >>> 6;
        return (high * 67108864.0 + low) / 9007199254740992.0;
    }

    private int word() {
        if (index == SIZE) {
            twist();
        }
        int y = state[index++];
        y ^= y >>> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >>> 18);
    }

    private void twist() {
        for (int i = 0; i < SIZE; i++) {
            int y = (state[i] & 0x80000000) | (state[(i + 1) % SIZE] & 0x7fffffff);
            state[i] = state[(i + SHIFT) % SIZE] ^ (y >>> 1) ^ ((y & 1) == 0 ? 0 : 0x9908b0df);
        }
        index = 0;
    }
}
