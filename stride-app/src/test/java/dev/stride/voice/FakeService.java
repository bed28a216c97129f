package dev.stride.voice;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;

/** One of Doubao's services on its websocket: frames come in, frames go out. Jetty asks that it is public. */
public abstract class FakeService extends Session.Listener.AbstractAutoDemanding {
    final FakeVendor vendor;

    FakeService(FakeVendor vendor) {
        this.vendor = vendor;
    }

    /** A frame of the client's. */
    abstract void take(DoubaoFrame frame) throws IOException;

    @Override
    public final void onWebSocketBinary(ByteBuffer message, Callback callback) {
        byte[] bytes = new byte[message.remaining()];
        message.get(bytes);
        callback.succeed();
        try {
            take(DoubaoFrame.decode(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends an event of a session. */
    final void down(int event, String session, String json) {
        vendor.send(
                getSession(),
                new DoubaoFrame(9, 4, true, false, 0, 0, event, session, json.getBytes(StandardCharsets.UTF_8)));
    }

    /** Sends an error, after which the real one says nothing more. */
    final void error(int code, String json) {
        vendor.send(
                getSession(),
                new DoubaoFrame(15, 0, true, false, code, 0, 0, "", json.getBytes(StandardCharsets.UTF_8)));
    }
}
