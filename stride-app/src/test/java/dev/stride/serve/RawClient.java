package dev.stride.serve;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** An HTTP client of a socket alone, so that what is on the wire can be seen while an answer is not over yet. */
final class RawClient implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 60_000;

    private final Socket socket;
    private final InputStream in;

    /** Sends a request; {@code Host} and the line ends are added. */
    RawClient(int port, String request, String... headers) throws IOException {
        this(new Socket(), port, request, headers);
    }

    RawClient(Socket unconnected, int port, String request, String... headers) throws IOException {
        socket = unconnected;
        socket.connect(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        // only a test that fails waits for so long
        socket.setSoTimeout(PATIENCE_MILLIS);
        StringBuilder text = new StringBuilder(request).append(" HTTP/1.1\r\n");
        boolean host = false;
        for (String header : headers) {
            host |= header.startsWith("Host:");
            text.append(header).append("\r\n");
        }
        if (!host) {
            text.append("Host: 127.0.0.1:").append(port).append("\r\n");
        }
        socket.getOutputStream().write(text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
        socket.getOutputStream().flush();
        in = socket.getInputStream();
    }

    /** The status of one request. */
    static int status(int port, String request, String... headers) throws IOException {
        try (RawClient client = new RawClient(port, request, headers)) {
            return client.status();
        }
    }

    /** The number of the status line; -1 where the connection ended without one. */
    int status() throws IOException {
        String line = line();
        return line.isEmpty() ? -1 : Integer.parseInt(line.split(" ")[1]);
    }

    /** The headers behind the status line, by small name. */
    Map<String, String> headers() throws IOException {
        Map<String, String> headers = new LinkedHashMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        return headers;
    }

    /** The next chunk of a chunked body; empty at its end, null where the connection ended within it. */
    @org.jspecify.annotations.Nullable
    String chunk() throws IOException {
        String size = line();
        if (size.isEmpty()) {
            return null;
        }
        byte[] bytes = in.readNBytes(Integer.parseInt(size, 16));
        line();
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Bytes of a chunked body until one of its texts contains a word. */
    String until(String word) throws IOException {
        StringBuilder all = new StringBuilder();
        while (all.indexOf(word) < 0) {
            String chunk = chunk();
            if (chunk == null || chunk.isEmpty()) {
                throw new AssertionError("the stream ended before '" + word + "': " + all);
            }
            all.append(chunk);
        }
        return all.toString();
    }

    /** Reads until the connection ends; returns how many bytes there were. */
    long drain() throws IOException {
        long bytes = 0;
        byte[] buffer = new byte[8192];
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            bytes += read;
        }
        return bytes;
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
