package dev.stride.voice;

import dev.stride.voice.FakeVendor.Mood;
import java.io.IOException;
import java.util.Arrays;

/** Doubao's speech in both directions, as documented: it speaks at each full stop and at the end. */
public final class FakeSpeech extends FakeService {
    private String id = "";
    private final StringBuilder text = new StringBuilder();

    FakeSpeech(FakeVendor vendor) {
        super(vendor);
    }

    @Override
    void take(DoubaoFrame frame) throws IOException {
        vendor.log.add(frame.event() + " " + frame.text());
        switch (frame.event()) {
            case 1 -> down(50, vendor.is(Mood.NO_CONNECT_ID) ? "" : "connection-9", "{}");
            case 2 -> down(52, "", "{}");
            case 100 -> {
                id = frame.id();
                if (vendor.is(Mood.ERROR)) {
                    error(55_000_001, "{\"error\":\"server busy\"}");
                } else {
                    down(150, id, "{}");
                }
            }
            case 101 -> down(151, id, "{}");
            case 102 -> {
                speak();
                down(152, id, "{}");
            }
            case 200 -> {
                text.append(FakeVendor.JSON
                        .readTree(frame.text())
                        .path("req_params")
                        .path("text")
                        .asText());
                if (text.toString().endsWith("。")) {
                    speak();
                }
            }
            default -> throw new IOException("an event that nobody documented: " + frame.event());
        }
    }

    private void speak() {
        String sentence = text.toString();
        text.setLength(0);
        if (sentence.isEmpty()) {
            return;
        }
        down(350, id, "{\"text\":\"" + (vendor.is(Mood.NO_SENTENCE_TEXT) ? "" : sentence) + "\"}");
        byte[] tone = vendor.is(Mood.SILENT) ? new byte[0] : FakeVendor.tone(sentence, 24_000);
        for (int at = 0; at < tone.length; at += 1_001) {
            if (vendor.is(Mood.DIES) && at > tone.length / 2) {
                vendor.dropLines();
                return;
            }
            if (vendor.is(Mood.STALE_SOUND)) {
                vendor.send(
                        getSession(), new DoubaoFrame(11, 4, false, false, 0, 0, 352, "an-older-one", new byte[500]));
            }
            // odd lengths: a sample may be cut in two
            byte[] part = Arrays.copyOfRange(tone, at, Math.min(tone.length, at + 1_001));
            vendor.send(getSession(), new DoubaoFrame(11, 4, false, false, 0, 0, 352, id, part));
        }
        down(351, id, "{}");
    }
}
