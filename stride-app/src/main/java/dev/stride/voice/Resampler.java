package dev.stride.voice;

import java.util.Arrays;

/**
 * Changes the rate of a stream of sound, by a sinc of 32 zero crossings a side under a Kaiser window (beta 7), one row of
 * it for each position that an output sample can have between two input samples.
 *
 * <p>Flat within 0.1 dB up to 0.85 of the lower rate's half; what would fold back is below -60 dB. It delays by 32
 * samples of the lower rate. A stream cut into any chunks gives the samples that it gives as a whole.
 */
public final class Resampler {
    private static final int CROSSINGS = 32;
    private static final double BETA = 7;
    /** The middle of the transition, as a share of the lower rate's half: its end is at 1. */
    private static final double CUTOFF = 0.93;

    private final int up;
    private final int down;
    private final int taps;
    private final float[][] rows;
    private short[] held;
    private int heldCount;
    /** The index in the stream of the first sample that is held. */
    private long base;

    private long taken;
    private long next;
    private boolean finished;

    /** From one rate to another, both 8,000 to 48,000 samples a second. */
    public Resampler(int from, int to) {
        Pcm.checkRate(from);
        Pcm.checkRate(to);
        int divisor = gcd(from, to);
        up = to / divisor;
        down = from / divisor;
        double narrow = Math.min(1.0, (double) to / from);
        int half = up == down ? 1 : (int) Math.ceil(CROSSINGS / narrow);
        taps = 2 * half;
        rows = up == down ? new float[0][] : rows(up, half, narrow * CUTOFF);
        held = new short[4 * taps];
        heldCount = half - 1;
        base = -(half - 1);
    }

    /** A whole sound at another rate. */
    public static Pcm convert(Pcm sound, int rate) {
        Resampler resampler = new Resampler(sound.rate(), rate);
        short[] first = resampler.feed(sound.samples());
        short[] rest = resampler.finish();
        short[] all = Arrays.copyOf(first, first.length + rest.length);
        System.arraycopy(rest, 0, all, first.length, rest.length);
        return new Pcm(all, rate);
    }

    /** Takes the next samples and gives what can be said by now. */
    public short[] feed(short[] samples) {
        if (finished) {
            throw new IllegalStateException("the stream has been finished");
        }
        if (up == down) {
            return samples.clone();
        }
        taken += samples.length;
        return take(samples);
    }

    /** Ends the stream and gives the rest of it; as many samples in all as the stream lasts, rounded up. */
    public short[] finish() {
        if (finished || up == down) {
            finished = true;
            return new short[0];
        }
        finished = true;
        short[] rest = take(new short[taps]);
        long total = (taken * up + down - 1) / down;
        return Arrays.copyOf(rest, (int) Math.max(0, rest.length - (next - total)));
    }

    private short[] take(short[] samples) {
        if (heldCount + samples.length > held.length) {
            held = Arrays.copyOf(held, Math.max(2 * held.length, heldCount + samples.length));
        }
        System.arraycopy(samples, 0, held, heldCount, samples.length);
        heldCount += samples.length;
        short[] out = new short[(int) ((long) (samples.length + 1) * up / down) + 2];
        int made = 0;
        int half = taps / 2;
        while (true) {
            long centre = next * down / up;
            int start = (int) (centre - (half - 1) - base);
            if (start + taps > heldCount) {
                forget((int) Math.min(start, heldCount));
                return Arrays.copyOf(out, made);
            }
            if (made == out.length) {
                out = Arrays.copyOf(out, 2 * made);
            }
            out[made++] = sample(rows[(int) (next * down % up)], start);
            next++;
        }
    }

    private short sample(float[] row, int start) {
        double sum = 0;
        for (int j = 0; j < taps; j++) {
            sum += row[j] * held[start + j];
        }
        return (short) Math.max(Short.MIN_VALUE, Math.min(Short.MAX_VALUE, Math.round(sum)));
    }

    private void forget(int count) {
        System.arraycopy(held, count, held, 0, heldCount - count);
        heldCount -= count;
        base += count;
    }

    private static float[][] rows(int up, int half, double cutoff) {
        float[][] rows = new float[up][2 * half];
        double atZero = bessel(BETA);
        for (int phase = 0; phase < up; phase++) {
            double[] row = new double[2 * half];
            double sum = 0;
            for (int j = 0; j < row.length; j++) {
                double x = j - (half - 1) - (double) phase / up;
                double edge = x / half;
                double window = edge * edge >= 1 ? 0 : bessel(BETA * Math.sqrt(1 - edge * edge)) / atZero;
                double angle = Math.PI * x * cutoff;
                row[j] = window * (angle == 0 ? 1 : Math.sin(angle) / angle);
                sum += row[j];
            }
            for (int j = 0; j < row.length; j++) {
                rows[phase][j] = (float) (row[j] / sum);
            }
        }
        return rows;
    }

    /** The modified Bessel function of order 0, by its series. */
    private static double bessel(double x) {
        double sum = 1;
        double term = 1;
        for (int k = 1; term > sum * 1e-12; k++) {
            term *= x * x / (4.0 * k * k);
            sum += term;
        }
        return sum;
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }
}
