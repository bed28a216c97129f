package dev.stride.voice;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes WAV: one channel of 16-bit samples behind a header of 44 bytes. */
public final class WavWriter {
    private WavWriter() {}

    /** A whole file. */
    public static byte[] file(Pcm sound) {
        byte[] data = sound.toBytes();
        byte[] header = header(sound.rate(), data.length);
        byte[] file = new byte[header.length + data.length];
        System.arraycopy(header, 0, file, 0, header.length);
        System.arraycopy(data, 0, file, header.length, data.length);
        return file;
    }

    /** The header of a stream whose length is not known: its sizes are 0xFFFFFFFF. */
    public static byte[] streamHeader(int rate) {
        return header(rate, -1);
    }

    private static byte[] header(int rate, int size) {
        Pcm.checkRate(rate);
        return ByteBuffer.allocate(44)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(ascii("RIFF"))
                .putInt(size < 0 ? -1 : 36 + size)
                .put(ascii("WAVEfmt "))
                .putInt(16)
                .putShort((short) 1)
                .putShort((short) 1)
                .putInt(rate)
                .putInt(2 * rate)
                .putShort((short) 2)
                .putShort((short) 16)
                .put(ascii("data"))
                .putInt(size)
                .array();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
