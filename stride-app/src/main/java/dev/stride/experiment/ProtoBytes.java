package dev.stride.experiment;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * One protocol buffer message being written: fields in the order of the calls (protobuf's wire format: a key of
 * {@code field << 3 | kind}, then the value; numbers are little-endian).
 */
final class ProtoBytes {
    private static final int VARINT = 0;
    private static final int FIXED_64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED_32 = 5;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    ProtoBytes whole(int field, long value) {
        varint((long) field << 3 | VARINT);
        varint(value);
        return this;
    }

    ProtoBytes float64(int field, double value) {
        varint((long) field << 3 | FIXED_64);
        littleEndian(Double.doubleToRawLongBits(value), Long.BYTES);
        return this;
    }

    ProtoBytes float32(int field, float value) {
        varint((long) field << 3 | FIXED_32);
        littleEndian(Float.floatToRawIntBits(value), Integer.BYTES);
        return this;
    }

    ProtoBytes text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    ProtoBytes message(int field, ProtoBytes value) {
        return bytes(field, value.toByteArray());
    }

    byte[] toByteArray() {
        return out.toByteArray();
    }

    private ProtoBytes bytes(int field, byte[] value) {
        varint((long) field << 3 | BYTES);
        varint(value.length);
        out.writeBytes(value);
        return this;
    }

    private void littleEndian(long bits, int count) {
        for (int i = 0; i < count; i++) {
            out.write((int) (bits >>> (8 * i)) & 0xff);
        }
    }

    private void varint(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) (rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        out.write((int) rest);
    }
}
