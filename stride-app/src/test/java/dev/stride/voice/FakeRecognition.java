package dev.stride.voice;

import dev.stride.voice.FakeVendor.Mood;
import java.nio.charset.StandardCharsets;

/** Doubao's streaming recognition, as documented: it recognises one more character of a sentence with each packet. */
public final class FakeRecognition extends FakeService {
    private static final String SENTENCE = "你好，世界。";

    private int packets;
    private int bytes;

    FakeRecognition(FakeVendor vendor) {
        super(vendor);
    }

    @Override
    void take(DoubaoFrame frame) {
        if (frame.type() == DoubaoFrame.TEXT_UP) {
            vendor.log.add("request " + frame.flags() + " " + frame.sequence() + " " + frame.text());
            if (vendor.is(Mood.ERROR)) {
                error(45_000_001, "{\"error\":\"bad request for " + FakeVendor.KEY + "\"}");
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
