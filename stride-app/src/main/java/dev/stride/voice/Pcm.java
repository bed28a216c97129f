package dev.stride.voice;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A stretch of sound: one channel of 16-bit samples.
 *
 * @param samples the samples; not copied, so whoever made them gives them away
 * @param rate samples a second, 8,000 to 48,000
 */
public record Pcm(short[] samples, int rate) {
    /** The rate that every recognizer and every {@link VoiceActivity} here works at. */
    public static final int SPEECH_RATE = 16_000;

    private static final int LOWEST_RATE = 8_000;
    private static final int HIGHEST_RATE = 48_000;

    public Pcm {
        checkRate(rate);
    }

    static void checkRate(int rate) {
        if (rate < LOWEST_RATE || rate > HIGHEST_RATE) {
            throw new IllegalArgumentException("a rate of " + rate + " samples a second; allowed: 8000 to 48000");
        }
    }

    /** Samples from little-endian bytes; a last odd byte is not a sample and is refused. */
    public static Pcm ofBytes(byte[] littleEndian, int rate) {
        if ((littleEndian.length & 1) != 0) {
            throw new IllegalArgumentException(littleEndian.length + " bytes are no whole number of 16-bit samples");
        }
        short[] samples = new short[littleEndian.length / 2];
        ByteBuffer.wrap(littleEndian)
                .order(ByteOrder.LITTLE_ENDIAN)
                .asShortBuffer()
                .get(samples);
        return new Pcm(samples, rate);
    }

    /** The samples as little-endian bytes. */
    public byte[] toBytes() {
        ByteBuffer bytes = ByteBuffer.allocate(samples.length * 2).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asShortBuffer().put(samples);
        return bytes.array();
    }

    /** How long it sounds, in milliseconds. */
    public double millis() {
        return samples.length * 1_000.0 / rate;
    }

    /** The same sound at another rate. */
    public Pcm at(int otherRate) {
        return otherRate == rate ? this : Resampler.convert(this, otherRate);
    }

    @Override
    public String toString() {
        return "Pcm[" + samples.length + " samples at " + rate + "]";
    }
}
