package dev.stride.voice;

import dev.stride.voice.FakeVendor.Mood;
import java.io.IOException;

/**
 * Doubao's realtime dialogue, as documented: loud sound is a turn, 600 ms of silence end it, its own model answers at once,
 * and our text is spoken behind that.
 */
public final class FakeDialogue extends FakeService {
    private String id = "";
    private int silent;
    private boolean speaks;
    private boolean hadTurn;
    private final StringBuilder ours = new StringBuilder();

    FakeDialogue(FakeVendor vendor) {
        super(vendor);
    }

    @Override
    void take(DoubaoFrame frame) throws IOException {
        if (frame.event() != 200) {
            vendor.log.add(frame.event() + " " + frame.text());
        }
        switch (frame.event()) {
            case 1 -> down(50, vendor.is(Mood.NO_CONNECT_ID) ? "" : "connection-9", "{}");
            case 2 -> down(52, "", "{}");
            case 100 -> {
                id = frame.id();
                if (vendor.is(Mood.ERROR)) {
                    down(153, id, "{\"error\":\"InvalidSpeaker for " + FakeVendor.KEY + "\"}");
                } else {
                    down(150, id, "{\"dialog_id\":\"d-1\"}");
                }
            }
            case 102 -> down(152, id, "{}");
            case 200 -> sound(frame.payload());
            case 300 ->
                say(FakeVendor.JSON.readTree(frame.text()).path("content").asText(), "default");
            case 500 -> text(frame.text());
            default -> throw new IOException("an event that nobody documented: " + frame.event());
        }
    }

    private void sound(byte[] payload) {
        vendor.sound.add(payload.length);
        boolean loud = Tones.rms(Pcm.ofBytes(payload, 16_000)) > 500;
        silent = loud ? 0 : silent + 1;
        if (loud && !speaks) {
            speaks = true;
            down(450, id, "{\"question_id\":\"q\"}");
            down(451, id, "{\"results\":[{\"text\":\"你好\",\"is_interim\":true}]}");
            if (vendor.is(Mood.DIES)) {
                vendor.dropLines();
            }
        } else if (speaks && silent >= 30) {
            speaks = false;
            hadTurn = true;
            down(451, id, "{\"results\":[{\"text\":\"你好，世界。\",\"is_interim\":false}]}");
            down(459, id, "{}");
            // the service's own model, which nobody asked
            down(350, id, "{\"tts_type\":\"default\",\"text\":\"\"}");
            down(550, id, "{\"content\":\"嗯\"}");
            audio("不该听到的");
            if (!vendor.is(Mood.LATE_DEFAULT)) {
                down(359, id, "{}");
            }
        }
    }

    private void text(String json) throws IOException {
        var words = FakeVendor.JSON.readTree(json);
        if (words.path("start").asBoolean() && (speaks || vendor.is(Mood.NEEDS_TURN) && !hadTurn)) {
            down(599, id, "{\"status_code\":\"42000020\",\"message\":\"no turn to answer\"}");
            return;
        }
        ours.append(words.path("content").asText());
        if (words.path("end").asBoolean()) {
            String all = ours.toString();
            ours.setLength(0);
            if (vendor.is(Mood.LATE_DEFAULT)) {
                // its own answer ends only now, behind our first text
                audio("迟到");
                down(359, id, "{}");
            }
            say(all, "chat_tts_text");
        }
    }

    private void say(String text, String type) {
        down(350, id, "{\"tts_type\":\"" + type + "\",\"text\":\"\"}");
        if (!vendor.is(Mood.SILENT)) {
            audio(text);
        }
        down(359, id, "{}");
    }

    private void audio(String text) {
        vendor.send(getSession(), new DoubaoFrame(11, 4, false, false, 0, 0, 352, id, FakeVendor.tone(text, 24_000)));
    }
}
