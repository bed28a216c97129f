package dev.stride.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.WebSocketFrame;
import dev.stride.Chromium;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The call page of a real server in a real browser, and all that goes over its line. */
final class CallPage implements AutoCloseable {
    private static final long PATIENCE_NANOS = 90_000_000_000L;
    private static final int LOOK_MILLIS = 20;

    final Chromium page;
    private final List<JsonNode> heard = new ArrayList<>();
    private final List<JsonNode> told = new ArrayList<>();
    private final Map<Integer, Double> sound = new HashMap<>();
    private int frames;

    /** Opens the page in English at a server's address; the call is not begun. */
    CallPage(Path folder, String address, List<String> microphone) {
        page = Chromium.open(folder.resolve("profile"), "en", microphone);
        page.look(1280, 860, false);
        page.page().onWebSocket(line -> {
            line.onFrameReceived(this::heard);
            line.onFrameSent(this::told);
        });
        page.go(address);
        page.await(CallPageRig.READY);
    }

    private void heard(WebSocketFrame frame) {
        if (frame.text() != null) {
            heard.add(ChatRig.json(frame.text()));
            return;
        }
        ByteBuffer bytes = ByteBuffer.wrap(frame.binary()).order(ByteOrder.LITTLE_ENDIAN);
        sound.merge(bytes.getInt(0), (bytes.limit() - 8) / 2 * 1_000.0 / bytes.getInt(4), Double::sum);
    }

    private void told(WebSocketFrame frame) {
        if (frame.text() == null) {
            frames++;
        } else {
            told.add(ChatRig.json(frame.text()));
        }
    }

    /** All events that the page got, in their order. */
    List<JsonNode> heard() {
        page.value("0");
        return List.copyOf(heard);
    }

    /** The events of a type that the page got. */
    List<JsonNode> heard(String type) {
        page.value("0"); // what came until now has been handed over when this is answered
        return of(heard, type);
    }

    /** The events of a type that the page sent. */
    List<JsonNode> told(String type) {
        page.value("0");
        return of(told, type);
    }

    private static List<JsonNode> of(List<JsonNode> events, String type) {
        return events.stream()
                .filter(event -> event.path("type").asText().equals(type))
                .toList();
    }

    /** Waits for an event that the page gets. */
    JsonNode await(String type, Predicate<JsonNode> which) {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (System.nanoTime() < end) {
            for (JsonNode event : of(heard, type)) {
                if (which.test(event)) {
                    return event;
                }
            }
            page.page().waitForTimeout(LOOK_MILLIS);
        }
        throw new AssertionError("no such " + type + " came; there were "
                + heard.stream().map(event -> event.path("type").asText()).toList() + "; the page says: "
                + page.page().innerText("body"));
    }

    /** Milliseconds of sound that the page got of a turn. */
    double soundMillis(int turn) {
        page.value("0");
        return sound.getOrDefault(turn, 0.0);
    }

    /** Frames of the microphone, of 20 ms, that the page has sent. */
    int frames() {
        page.value("0");
        return frames;
    }

    /** The text of an answer so far. */
    String answer(int turn) {
        return heard("response.output_audio_transcript.delta").stream()
                .filter(event -> event.path("turn").asInt() == turn)
                .map(event -> event.path("delta").asText())
                .collect(Collectors.joining());
    }

    void ask(String text) {
        page.page().fill("#message", text);
        page.page().press("#message", "Enter");
    }

    @Override
    public void close() {
        page.close();
    }
}
