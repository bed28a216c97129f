package dev.stride.voice;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Reads a WAV file as it comes in, in chunks of any length: 16-bit samples, of which several channels are averaged.
 *
 * <p>Sizes in the headers of streams are often wrong (0, 0xFFFFFFFF, 0x7FFFF000): a size of the data that is one of those
 * or negative means "to the end". An odd byte waits for the next chunk.
 */
public final class WavReader {
    private static final int LONGEST_HEADER = 64 * 1024;
    private static final int ENDLESS = 0x7FFFF000;

    private final ByteArrayOutputStream header = new ByteArrayOutputStream();
    private byte[] odd = new byte[0];
    private int channels;
    private int rate;
    private long left = -1;
    private boolean inData;

    /** The rate of the sound, or 0 while the header is not whole. */
    public int rate() {
        return inData ? rate : 0;
    }

    /**
     * The samples that the bytes complete.
     *
     * @throws UncheckedIOException for something that is not a WAV file of 16-bit samples
     */
    public short[] feed(byte[] bytes) {
        if (!inData) {
            header.writeBytes(bytes);
            byte[] all = header.toByteArray();
            int start = parse(all);
            if (start < 0) {
                return new short[0];
            }
            inData = true;
            header.reset();
            return samples(Arrays.copyOfRange(all, start, all.length));
        }
        return samples(bytes);
    }

    /** A whole file. */
    public static Pcm read(byte[] file) {
        WavReader reader = new WavReader();
        short[] samples = reader.feed(file);
        if (!reader.inData) {
            throw wrong("it ends before its sound begins");
        }
        return new Pcm(samples, reader.rate);
    }

    /** Whether these are the first bytes of a WAV file. */
    static boolean looksLike(byte[] bytes) {
        return bytes.length >= 4 && bytes[0] == 'R' && bytes[1] == 'I' && bytes[2] == 'F' && bytes[3] == 'F';
    }

    /** Where the data begins, or -1 while it is not here yet. */
    private int parse(byte[] all) {
        if (all.length < 12) {
            return -1;
        }
        if (!looksLike(all) || !tag(all, 8).equals("WAVE")) {
            throw wrong("it does not begin with RIFF and WAVE");
        }
        ByteBuffer view = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
        int at = 12;
        while (all.length >= at + 8) {
            String name = tag(all, at);
            int size = view.getInt(at + 4);
            if (name.equals("data")) {
                if (rate == 0) {
                    throw wrong("its sound comes before its format");
                }
                left = size <= 0 || size >= ENDLESS ? -1 : size;
                return at + 8;
            }
            if (size < 0 || size > LONGEST_HEADER) {
                throw wrong("its part \"" + name + "\" claims " + Integer.toUnsignedString(size) + " bytes");
            }
            if (all.length < at + 8 + size) {
                return -1;
            }
            if (name.equals("fmt ")) {
                format(view, at + 8, size);
            }
            at += 8 + size + (size & 1);
        }
        if (all.length > LONGEST_HEADER) {
            throw wrong("no sound in its first 64 KiB");
        }
        return -1;
    }

    private void format(ByteBuffer view, int at, int size) {
        if (size < 16) {
            throw wrong("its format has " + size + " bytes of 16");
        }
        int kind = view.getShort(at) & 0xFFFF;
        int bits = view.getShort(at + 14) & 0xFFFF;
        channels = view.getShort(at + 2) & 0xFFFF;
        rate = view.getInt(at + 4);
        // 0xFFFE says that the true kind stands in an extension; with 16 bits it is that of whole numbers
        if (kind != 1 && kind != 0xFFFE || bits != 16) {
            throw wrong("its samples are of kind " + kind + " with " + bits + " bits; allowed: kind 1 with 16 bits");
        }
        if (channels < 1 || channels > 8) {
            throw wrong(channels + " channels; allowed: 1 to 8");
        }
        if (rate < 8_000 || rate > 48_000) {
            throw wrong(rate + " samples a second; allowed: 8000 to 48000");
        }
    }

    private short[] samples(byte[] bytes) {
        byte[] all = bytes;
        if (odd.length > 0) {
            all = Arrays.copyOf(odd, odd.length + bytes.length);
            System.arraycopy(bytes, 0, all, odd.length, bytes.length);
        }
        if (left >= 0) {
            all = Arrays.copyOf(all, (int) Math.min(all.length, left));
        }
        int step = 2 * channels;
        short[] mono = new short[all.length / step];
        ByteBuffer view = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < mono.length; i++) {
            int sum = 0;
            for (int c = 0; c < channels; c++) {
                sum += view.getShort(i * step + 2 * c);
            }
            mono[i] = (short) (sum / channels);
        }
        odd = Arrays.copyOfRange(all, mono.length * step, all.length);
        if (left >= 0) {
            left -= (long) mono.length * step;
        }
        return mono;
    }

    private static String tag(byte[] all, int at) {
        return new String(all, at, 4, java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    private static UncheckedIOException wrong(String what) {
        return new UncheckedIOException(new IOException("a WAV file that cannot be read: " + what));
    }
}
