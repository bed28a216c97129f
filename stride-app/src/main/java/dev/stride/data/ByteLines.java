package dev.stride.data;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The lines of a stream, each decoded strictly as UTF-8, so that a wrong byte names its line. */
final class ByteLines implements Closeable {
    /**
     * One line without its end.
     *
     * @param number counted from 1
     * @param text the text; wrong bytes appear as U+FFFD
     * @param utf8 whether all bytes were right
     * @param windowsEnd whether the line ended with a carriage return before the newline
     */
    record Line(long number, String text, boolean utf8, boolean windowsEnd) {
        boolean isBlank() {
            return text.isBlank();
        }

        /** The text, or the fault of its bytes. */
        String checked() throws RowFault {
            if (!utf8) {
                throw notUtf8();
            }
            return text;
        }
    }

    private final InputStream in;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private long number;

    /** Lines of a stream that buffers. */
    ByteLines(InputStream in) {
        this.in = in;
    }

    /** The next line; null at the end. */
    @Nullable
    Line next() throws IOException {
        bytes.reset();
        int b = in.read();
        if (b < 0) {
            return null;
        }
        while (b >= 0 && b != '\n') {
            bytes.write(b);
            b = in.read();
        }
        number++;
        byte[] line = bytes.toByteArray();
        int start = number == 1 ? byteOrderMark(line) : 0;
        int end = line.length;
        boolean windowsEnd = b == '\n' && end > start && line[end - 1] == '\r';
        if (windowsEnd) {
            end--;
        }
        String strict = decode(line, start, end);
        return new Line(
                number,
                strict == null ? new String(line, start, end - start, StandardCharsets.UTF_8) : strict,
                strict != null,
                windowsEnd);
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    /** The text of bytes; null where they are not UTF-8. */
    static @Nullable String decode(byte[] bytes, int start, int end) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, start, end - start))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    static RowFault notUtf8() {
        return new RowFault(
                BadRow.Kind.NOT_UTF8,
                "bytes that are not UTF-8",
                "UTF-8 text; a file in GBK is converted with: iconv -f GBK -t UTF-8");
    }

    /** The length of the UTF-8 byte order mark at the start, 0 or 3. */
    private static int byteOrderMark(byte[] line) {
        boolean marked = line.length >= 3 && line[0] == (byte) 0xEF && line[1] == (byte) 0xBB && line[2] == (byte) 0xBF;
        return marked ? 3 : 0;
    }
}
