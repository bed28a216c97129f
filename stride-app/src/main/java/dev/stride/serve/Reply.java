package dev.stride.serve;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.jspecify.annotations.Nullable;

/** Where the answer to one request goes: whole, or begun and then written as it comes. */
final class Reply {
    private final boolean head;
    private final Response response;
    private Map<String, String> more = Map.of();
    private @Nullable OutputStream out;

    Reply(Request request, Response response) {
        this.head = request.getMethod().equals("HEAD");
        this.response = response;
    }

    /** Headers that the answer has besides, whatever it is. */
    void with(Map<String, String> headers) {
        more = headers;
    }

    /** The status that was set. */
    int status() {
        return response.getStatus();
    }

    /** Sends a whole answer; a HEAD gets the headers alone. */
    void send(Answer answer) throws IOException {
        set(answer.status(), answer.type(), answer.headers());
        if (answer.body().length > 0) {
            response.getHeaders().put(HttpHeader.CONTENT_LENGTH, answer.body().length);
        }
        if (!head) {
            OutputStream body = open();
            body.write(answer.body());
        }
    }

    /**
     * Sends status and headers, and gives what the body is written to; it may block as long as the client takes nothing, up to
     * the server's limit. Nothing is held back behind a flush.
     */
    OutputStream begin(int status, String type, Map<String, String> more) throws IOException {
        set(status, type, more);
        OutputStream body = open();
        body.flush();
        return body;
    }

    /** Begins a stream of server-sent events. */
    EventStream events(Map<String, String> more) throws IOException {
        return new EventStream(begin(200, EventStream.TYPE, more));
    }

    /** Whether status and headers are on their way, so that they cannot be changed any more. */
    boolean isBegun() {
        return response.isCommitted();
    }

    /** Closes what was begun: the answer is whole. */
    void end() throws IOException {
        if (out != null) {
            out.close();
        }
    }

    private OutputStream open() {
        OutputStream opened = Content.Sink.asOutputStream(response);
        out = opened;
        return opened;
    }

    private void set(int status, String type, Map<String, String> own) {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, type);
        Answer.headers(own).forEach(response.getHeaders()::put);
        more.forEach(response.getHeaders()::put);
    }
}
