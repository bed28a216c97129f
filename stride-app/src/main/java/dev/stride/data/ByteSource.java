package dev.stride.data;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;

/**
 * The bytes of a stream, one at a time or up to a newline. The streams of the JDK lock for every single byte, which took
 * three quarters of the time to read a file.
 */
final class ByteSource implements Closeable {
    private final InputStream in;
    private final byte[] buffer = new byte[1 << 16];
    private int at;
    private int end;

    ByteSource(InputStream in) {
        this.in = in;
    }

    /** The next byte, 0 to 255; -1 at the end. */
    int read() throws IOException {
        return at < end || fill() ? buffer[at++] & 0xFF : -1;
    }

    /** Appends the bytes before the next newline and passes over it; whether there was one. */
    boolean readLine(Bytes line) throws IOException {
        while (at < end || fill()) {
            int start = at;
            while (at < end && buffer[at] != '\n') {
                at++;
            }
            line.append(buffer, start, at - start);
            if (at < end) {
                at++;
                return true;
            }
        }
        return false;
    }

    /** Whether nothing is left. */
    boolean isAtEnd() throws IOException {
        return at == end && !fill();
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    private boolean fill() throws IOException {
        at = 0;
        end = Math.max(0, in.read(buffer, 0, buffer.length));
        return end > 0;
    }
}
