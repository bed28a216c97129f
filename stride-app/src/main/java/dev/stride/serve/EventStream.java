package dev.stride.serve;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Server-sent events on their way to one client.
 *
 * <p>Jetty sends the end of a chunk with the next chunk, and some clients (urllib3, and with it requests) give a chunk out
 * when they have seen its end; an event alone would reach them one event late. So each is followed by an empty line in a chunk of its
 * own, which means nothing between events.
 */
final class EventStream {
    static final String TYPE = "text/event-stream; charset=utf-8";
    private static final byte[] EMPTY_LINE = {'\n'};

    private final OutputStream out;

    EventStream(OutputStream out) {
        this.out = out;
    }

    /** Sends whole events or comments at once, with their line ends; blocks while the client takes nothing. */
    void send(String events) throws IOException {
        out.write(events.getBytes(StandardCharsets.UTF_8));
        out.flush();
        out.write(EMPTY_LINE);
        out.flush();
    }
}
