package dev.stride.voice;

import dev.stride.voice.FakeVendor.Mood;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;

/** Doubao's streaming recognition, as documented: it recognises one more character of a sentence with each packet. Jetty asks that it is public. */
public final class FakeRecognition extends Session.Listener.AbstractAutoDemanding {
    private static final String SENTENCE = "你好，世界。";

    private final FakeVendor vendor;
    private int packets;
    private int bytes;

    FakeRecognition(FakeVendor vendor) {
        this.vendor = vendor;
    }

    @Override
    public void onWebSocketBinary(ByteBuffer message, Callback callback) {
        byte[] bytesIn = new byte[message.remaining()];
        message.get(bytesIn);
        callback.succeed();
        try {
            take(DoubaoFrame.decode(bytesIn));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void take(DoubaoFrame frame) {
        if (frame.type() == DoubaoFrame.TEXT_UP) {
            vendor.log.add("request " + frame.flags() + " " + frame.sequence() + " " + frame.text());
            if (vendor.is(Mood.ERROR)) {
                vendor.send(
                        getSession(),
                        new DoubaoFrame(
                                15,
                                0,
                                true,
                                false,
                                45_000_001,
                                0,
                                0,
                                "",
                                ("{\"error\":\"bad request for " + FakeVendor.KEY + "\"}")
                                        .getBytes(StandardCharsets.UTF_8)));
            }
            return;
        }
        packets++;
        bytes += frame.payload().length;
        vendor.log.add("packet " + frame.flags() + " " + frame.sequence() + " " + frame.payload().length);
        if (vendor.is(Mood.DIES) && packets == 3) {
            vendor.dropLines();
            return;
        }
        boolean last = frame.isLast();
        int known = last ? SENTENCE.length() : Math.min(packets, SENTENCE.length() - 1);
        if (last) {
            vendor.sound.add(bytes / 2);
        }
        boolean marked = last && !vendor.is(Mood.NO_LAST);
        int flags = (vendor.is(Mood.NUMBERS) ? 1 : 0) | (marked ? 2 : 0);
        String json = "{\"audio_info\":{},\"result\":{\"text\":\"" + SENTENCE.substring(0, known)
                + "\",\"utterances\":[{\"definite\":" + last + "}]}}";
        vendor.send(
                getSession(),
                new DoubaoFrame(9, flags, true, false, 0, packets, 0, "", json.getBytes(StandardCharsets.UTF_8)));
        if (last) {
            getSession().close();
        }
    }
}
