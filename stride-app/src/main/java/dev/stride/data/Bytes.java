package dev.stride.data;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Bytes that grow, and their text. */
final class Bytes {
    private byte[] values = new byte[256];
    private int length;

    int length() {
        return length;
    }

    byte get(int i) {
        return values[i];
    }

    void clear() {
        length = 0;
    }

    void append(int b) {
        if (length == values.length) {
            values = Arrays.copyOf(values, 2 * length);
        }
        values[length++] = (byte) b;
    }

    void append(byte[] more, int from, int count) {
        if (length + count > values.length) {
            values = Arrays.copyOf(values, Math.max(length + count, 2 * values.length));
        }
        System.arraycopy(more, from, values, length, count);
        length += count;
    }

    /** The text of a range; null where the bytes are not UTF-8. */
    @Nullable
    String utf8(int from, int to) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(values, from, to - from))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /** The text of a range with U+FFFD for wrong bytes. */
    String lossy(int from, int to) {
        return new String(values, from, to - from, StandardCharsets.UTF_8);
    }
}
