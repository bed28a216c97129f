package dev.stride.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** The protobuf wire format, as much of it as a SentencePiece file uses: varints, fixed 32 and 64 bits, and bytes. */
final class Wire {
    static final int VARINT = 0;
    static final int FIXED64 = 1;
    static final int BYTES = 2;
    static final int FIXED32 = 5;

    private Wire() {}

    /** The file breaks the wire format; the message says how and at which byte of the message being read. */
    static final class FormatException extends Exception {
        private static final long serialVersionUID = 1L;

        FormatException(String message) {
            super(message);
        }
    }

    /** Reads the fields of one message in order: {@code next()}, then exactly one read or skip. */
    static final class Reader {
        private final ByteBuffer in;
        private int field;
        private int wireType;

        Reader(ByteBuffer message) {
            this.in = message.slice().order(ByteOrder.LITTLE_ENDIAN);
        }

        /** Goes to the next field; false at the end. */
        boolean next() throws FormatException {
            if (!in.hasRemaining()) {
                return false;
            }
            long tag = varint();
            field = (int) (tag >>> 3);
            wireType = (int) (tag & 7);
            if (tag >>> 3 == 0 || tag >>> 32 != 0) {
                throw new FormatException("a field has number " + (tag >>> 3) + " at byte " + in.position());
            }
            return true;
        }

        int field() {
            return field;
        }

        long readVarint() throws FormatException {
            expect(VARINT);
            return varint();
        }

        boolean readBoolean() throws FormatException {
            return readVarint() != 0;
        }

        float readFloat() throws FormatException {
            expect(FIXED32);
            need(4);
            return in.getFloat();
        }

        ByteBuffer readBytes() throws FormatException {
            expect(BYTES);
            long length = varint();
            if (length < 0 || length > in.remaining()) {
                throw new FormatException("field " + field + " says it has " + length + " bytes, but only "
                        + in.remaining() + " follow at byte " + in.position());
            }
            ByteBuffer bytes = in.slice().limit((int) length).slice();
            in.position(in.position() + (int) length);
            return bytes;
        }

        String readString() throws FormatException {
            return StandardCharsets.UTF_8.decode(readBytes()).toString();
        }

        void skip() throws FormatException {
            switch (wireType) {
                case VARINT -> varint();
                case FIXED64 -> skipBytes(8);
                case BYTES -> readBytes();
                case FIXED32 -> skipBytes(4);
                default ->
                    throw new FormatException(
                            "field " + field + " has wire type " + wireType + " at byte " + in.position());
            }
        }

        private void skipBytes(int count) throws FormatException {
            need(count);
            in.position(in.position() + count);
        }

        private long varint() throws FormatException {
            long value = 0;
            for (int shift = 0; shift < 64; shift += 7) {
                need(1);
                byte next = in.get();
                value |= (long) (next & 0x7f) << shift;
                if (next >= 0) {
                    return value;
                }
            }
            throw new FormatException("a varint is longer than 10 bytes at byte " + in.position());
        }

        private void expect(int type) throws FormatException {
            if (wireType != type) {
                throw new FormatException("field " + field + " has wire type " + wireType + " where " + type
                        + " is expected, at byte " + in.position());
            }
        }

        private void need(int count) throws FormatException {
            if (in.remaining() < count) {
                throw new FormatException("the file ends inside a value at byte " + in.position());
            }
        }
    }

    /** Writes the fields of one message. */
    static final class Writer {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        Writer varint(int field, long value) {
            raw((long) field << 3 | VARINT);
            raw(value);
            return this;
        }

        Writer bool(int field, boolean value) {
            return varint(field, value ? 1 : 0);
        }

        Writer float32(int field, float value) {
            raw((long) field << 3 | FIXED32);
            int bits = Float.floatToIntBits(value);
            for (int shift = 0; shift < 32; shift += 8) {
                out.write(bits >>> shift);
            }
            return this;
        }

        Writer string(int field, String value) {
            return bytes(field, value.getBytes(StandardCharsets.UTF_8));
        }

        Writer message(int field, Writer message) {
            return bytes(field, message.toBytes());
        }

        byte[] toBytes() {
            return out.toByteArray();
        }

        private Writer bytes(int field, byte[] value) {
            raw((long) field << 3 | BYTES);
            raw(value.length);
            out.writeBytes(value);
            return this;
        }

        private void raw(long value) {
            long rest = value;
            while ((rest & ~0x7fL) != 0) {
                out.write((int) ((rest & 0x7f) | 0x80));
                rest >>>= 7;
            }
            out.write((int) rest);
        }
    }
}
