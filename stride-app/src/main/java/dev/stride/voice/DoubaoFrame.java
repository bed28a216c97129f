package dev.stride.voice;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * A frame of Doubao's binary protocol; all numbers are big-endian. The layout is that of the vendor's document 6561/1594356;
 * its services for hearing and speaking use the same one.
 *
 * <p>Bytes: version and header length (0x11), type and flags, serialization and compression, 0. Then, as far as they apply:
 * error code (type 0xF), sequence (flag 1 or 3), event (flag 4), id of the session with its length, payload with its length.
 *
 * @param type 1 and 9 text up and down, 2 and 11 audio up and down, 15 error
 * @param flags 0 nothing, 1 a sequence, 2 the last, 3 the last with a sequence, 4 an event
 * @param isJson whether the payload is JSON
 * @param isZipped whether the payload is compressed on the wire; here it never is
 * @param code the code of an error
 * @param sequence the sequence, 0 without one
 * @param event the event, 0 without one
 * @param id the session's id, empty for events of the connection
 * @param payload the payload
 */
record DoubaoFrame(
        int type,
        int flags,
        boolean isJson,
        boolean isZipped,
        int code,
        int sequence,
        int event,
        String id,
        byte[] payload) {
    static final int TEXT_UP = 1;
    static final int AUDIO_UP = 2;
    static final int TEXT_DOWN = 9;
    static final int AUDIO_DOWN = 11;
    static final int ERROR = 15;

    static final int WITH_SEQUENCE = 1;
    static final int LAST = 2;
    static final int WITH_EVENT = 4;

    /** Events below it belong to the connection and have no session. */
    private static final int FIRST_OF_SESSION = 100;
    /** More than any frame of these services; a wrong length must not take all memory. */
    private static final int LONGEST = 16 << 20;

    /** JSON with an event. */
    static DoubaoFrame text(int event, String id, String json) {
        return new DoubaoFrame(
                TEXT_UP, WITH_EVENT, true, false, 0, 0, event, id, json.getBytes(StandardCharsets.UTF_8));
    }

    /** Sound with an event. */
    static DoubaoFrame audio(int event, String id, byte[] sound) {
        return new DoubaoFrame(AUDIO_UP, WITH_EVENT, false, false, 0, 0, event, id, sound);
    }

    boolean isLast() {
        return flags != WITH_EVENT && (flags & LAST) != 0;
    }

    String text() {
        return new String(payload, StandardCharsets.UTF_8);
    }

    byte[] encode() {
        byte[] body = isZipped ? zip(payload) : payload;
        byte[] session = id.getBytes(StandardCharsets.UTF_8);
        ByteBuffer out = ByteBuffer.allocate(28 + session.length + body.length);
        out.put((byte) 0x11).put((byte) (type << 4 | flags));
        out.put((byte) ((isJson ? 0x10 : 0) | (isZipped ? 1 : 0))).put((byte) 0);
        if (type == ERROR) {
            out.putInt(code);
        }
        if (flags == WITH_EVENT) {
            out.putInt(event);
            if (event >= FIRST_OF_SESSION || session.length > 0) {
                out.putInt(session.length).put(session);
            }
        } else if ((flags & WITH_SEQUENCE) != 0) {
            out.putInt(sequence);
        }
        out.putInt(body.length).put(body);
        byte[] frame = new byte[out.position()];
        out.flip().get(frame);
        return frame;
    }

    /** A frame as it came; one that is not whole or says nonsense is an {@link IOException}. */
    static DoubaoFrame decode(byte[] bytes) throws IOException {
        try {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            int version = in.get();
            if (version >> 4 != 1) {
                throw new IOException("a frame of version " + (version >> 4) + "; known: 1");
            }
            int kind = in.get() & 0xFF;
            int form = in.get() & 0xFF;
            in.position((version & 15) * 4);
            int type = kind >> 4;
            int flags = kind & 15;
            if ((form & 15) > 1) {
                throw new IOException("a frame of compression " + (form & 15) + "; known: 0 and 1");
            }
            int code = type == ERROR ? in.getInt() : 0;
            int sequence = 0;
            int event = 0;
            String id = "";
            if ((flags & WITH_EVENT) != 0) {
                event = in.getInt();
                if (event >= FIRST_OF_SESSION) {
                    id = new String(block(in), StandardCharsets.UTF_8);
                }
            } else if ((flags & WITH_SEQUENCE) != 0) {
                sequence = in.getInt();
            }
            byte[] payload = block(in);
            if (event > 0 && event < FIRST_OF_SESSION && in.remaining() >= 4) {
                // the id of the connection, which some servers send before the payload
                payload = block(in);
            }
            boolean zipped = (form & 15) == 1;
            return new DoubaoFrame(
                    type, flags, form >> 4 == 1, zipped, code, sequence, event, id, zipped ? unzip(payload) : payload);
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw new IOException("a frame of " + bytes.length + " bytes that is not whole", e);
        }
    }

    private static byte[] block(ByteBuffer in) throws IOException {
        int length = in.getInt();
        if (length < 0 || length > in.remaining()) {
            throw new IOException(
                    "a block of " + Integer.toUnsignedString(length) + " bytes where " + in.remaining() + " are left");
        }
        byte[] block = new byte[length];
        in.get(block);
        return block;
    }

    private static byte[] zip(byte[] plain) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
            zip.write(plain);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static byte[] unzip(byte[] zipped) throws IOException {
        if (zipped.length == 0) {
            return zipped;
        }
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(zipped))) {
            byte[] plain = in.readNBytes(LONGEST + 1);
            if (plain.length > LONGEST) {
                throw new IOException("a frame of more than " + LONGEST + " bytes");
            }
            return plain;
        }
    }
}
