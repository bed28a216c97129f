package dev.stride.data;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
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
    }

    private final ByteSource in;
    private final Bytes bytes = new Bytes();
    private long number;

    ByteLines(InputStream in) {
        this.in = new ByteSource(in);
    }

    /** The next line; null at the end. */
    @Nullable
    Line next() throws IOException {
        if (in.isAtEnd()) {
            return null;
        }
        bytes.clear();
        boolean ended = in.readLine(bytes);
        number++;
        int start = number == 1 ? byteOrderMark() : 0;
        int end = bytes.length();
        boolean windowsEnd = ended && end > start && bytes.get(end - 1) == '\r';
        if (windowsEnd) {
            end--;
        }
        String text = bytes.utf8(start, end);
        return new Line(number, text == null ? bytes.lossy(start, end) : text, text != null, windowsEnd);
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    static RowFault notUtf8() {
        return new RowFault(
                BadRow.Kind.NOT_UTF8,
                "bytes that are not UTF-8",
                "UTF-8 text; a file in GBK is converted with: iconv -f GBK -t UTF-8");
    }

    /** The length of the UTF-8 byte order mark at the start, 0 or 3. */
    private int byteOrderMark() {
        boolean marked = bytes.length() >= 3
                && bytes.get(0) == (byte) 0xEF
                && bytes.get(1) == (byte) 0xBB
                && bytes.get(2) == (byte) 0xBF;
        return marked ? 3 : 0;
    }
}
