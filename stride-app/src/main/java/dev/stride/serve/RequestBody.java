package dev.stride.serve;

import java.io.ByteArrayOutputStream;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;

/**
 * The body of a request, read as it comes and without a thread that waits for it. A longer one than is allowed is read on
 * and dropped for a while: a client that still writes may not see an answer. One that asks before it sends a body that is
 * too long is answered at once.
 */
final class RequestBody implements Runnable {
    private static final long MOST_DROPPED = 64L << 20;
    private static final Read TOO_LONG = new Read(new byte[0], true);

    private final Request request;
    private final int most;
    private final Consumer<Read> whole;
    private ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private Callback failed = Callback.NOOP;
    private long length;

    /**
     * A body that was read.
     *
     * @param bytes all of it; empty where it is too long
     * @param tooLong whether it had more bytes than are allowed
     */
    record Read(byte[] bytes, boolean tooLong) {
        static final Read NONE = new Read(new byte[0], false);
    }

    /**
     * @param most bytes that are kept
     * @param whole is told the body, in the thread that read its end
     */
    RequestBody(Request request, int most, Consumer<Read> whole) {
        this.request = request;
        this.most = most;
        this.whole = whole;
    }

    /** Begins. A body that does not come to its end fails the request. */
    void read(Callback ifFailed) {
        failed = ifFailed;
        if (request.getLength() > most && request.getHeaders().contains(HttpHeader.EXPECT)) {
            whole.accept(TOO_LONG);
        } else {
            run();
        }
    }

    @Override
    public void run() {
        while (true) {
            Content.Chunk chunk = request.read();
            if (chunk == null) {
                request.demand(this);
                return;
            }
            if (Content.Chunk.isFailure(chunk)) {
                failed.failed(chunk.getFailure());
                return;
            }
            length += chunk.remaining();
            if (length <= most) {
                bytes.writeBytes(BufferUtil.toArray(chunk.getByteBuffer()));
            } else {
                bytes = new ByteArrayOutputStream(0); // what is refused takes no memory while its rest comes
            }
            boolean last = chunk.isLast();
            chunk.release();
            if (last || length > most + MOST_DROPPED) {
                whole.accept(length > most ? TOO_LONG : new Read(bytes.toByteArray(), false));
                return;
            }
        }
    }
}
