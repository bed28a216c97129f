package dev.stride.voice;

import dev.stride.voice.FakeVendor.Mood;
import java.nio.ByteBuffer;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;

/** FunASR's websocket runtime in two passes: new words in the first, the whole stretch again in the second. Jetty asks that it is public. */
public final class FakeFunAsr extends Session.Listener.AbstractAutoDemanding {
    private final FakeVendor vendor;
    private int packets;
    private int bytes;

    FakeFunAsr(FakeVendor vendor) {
        this.vendor = vendor;
    }

    @Override
    public void onWebSocketText(String message) {
        vendor.log.add(message);
        if (message.contains("false")) {
            vendor.sound.add(bytes / 2);
            answer("2pass-offline", "第二句。", !vendor.is(Mood.NO_LAST));
        }
    }

    @Override
    public void onWebSocketBinary(ByteBuffer message, Callback callback) {
        packets++;
        bytes += message.remaining();
        callback.succeed();
        switch (packets) {
            case 1 -> answer("2pass-online", "第一", false);
            case 2 -> answer("2pass-online", "局", false);
            case 3 -> answer("2pass-offline", "第一句。", false);
            case 4 -> answer("2pass-online", "第二", false);
            default -> {
                if (vendor.is(Mood.DIES)) {
                    vendor.dropLines();
                }
            }
        }
    }

    private void answer(String mode, String text, boolean last) {
        vendor.pause();
        getSession()
                .sendText(
                        "{\"mode\":\"" + mode + "\",\"text\":\"" + text + "\",\"wav_name\":\"turn\",\"is_final\":"
                                + last + "}",
                        Callback.NOOP);
    }
}
