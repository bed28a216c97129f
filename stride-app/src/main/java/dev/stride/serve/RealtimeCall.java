package dev.stride.serve;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.voice.Call;
import dev.stride.voice.CallLine;
import dev.stride.voice.Pcm;
import dev.stride.voice.Resampler;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One call in OpenAI's Realtime vocabulary: what the client says becomes a {@link Call}'s inputs, in the order in which it comes
 * ({@link RealtimeTold} does the other way). A mistake of the client is an error event; nothing but its leaving ends the call.
 */
final class RealtimeCall {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LEAST_COMMIT = Pcm.SPEECH_RATE / 10;

    private final CallDesk desk;
    private final RealtimeEvents events;
    private final RealtimeTold told;
    private final String id = RealtimeEvents.id("sess");
    private final String model;
    private final List<CallLine> items = new ArrayList<>(); // of before the call, or still to be answered
    private RealtimeSettings settings = RealtimeSettings.usual();
    private Resampler down = new Resampler(RealtimeSettings.RATE, Pcm.SPEECH_RATE);
    private @Nullable Call call;
    private long fed; // samples since the last commit
    private boolean closed;

    /** Where the call's messages go; from any thread, without waiting. */
    interface Line {
        void send(String text);

        void send(ByteBuffer bytes);
    }

    RealtimeCall(CallDesk desk, String model, Line line, boolean beta) {
        this.desk = desk;
        this.model = model;
        this.events = new RealtimeEvents(line, beta);
        this.told = new RealtimeTold(events, line);
        ObjectNode created = RealtimeEvents.node();
        created.set("session", settings.describe(id, model, beta));
        events.send("session.created", created);
    }

    /** Takes a text message. */
    synchronized void text(String message) {
        String event = "";
        try {
            JsonNode node = JSON.readTree(message);
            event = node.path("event_id").asText("");
            take(node);
        } catch (JsonProcessingException e) {
            events.error("invalid_request_error", "invalid_json", "this message is no JSON", event);
        } catch (Wrong e) {
            events.error("invalid_request_error", "invalid_value", String.valueOf(e.getMessage()), event);
        } catch (RuntimeException e) {
            events.error("server_error", "internal", "an error of Stride itself: " + e, event);
        }
    }

    /** Takes a binary message: sound at {@link Pcm#SPEECH_RATE}. */
    synchronized void sound(byte[] bytes) {
        try {
            if (!settings.binary()) {
                throw new Wrong(400, "binary messages; allowed where session.stride.binary is true");
            }
            feed(samples(bytes));
        } catch (Wrong e) {
            events.error("invalid_request_error", "invalid_value", String.valueOf(e.getMessage()), "");
        }
    }

    /** The client left. */
    synchronized void close() {
        closed = true;
        if (call != null) {
            call.close();
        }
        desk.left();
    }

    private void take(JsonNode node) throws Wrong {
        String type = node.path("type").asText("");
        switch (type) {
            case "session.update" -> update(node.path("session"));
            case "input_audio_buffer.append" ->
                feed(down.feed(samples(RealtimeSettings.sound(node.path("audio").asText("")))));
            case "input_audio_buffer.commit" -> commit();
            case "input_audio_buffer.clear" -> {
                fed = 0;
                events.send("input_audio_buffer.cleared", RealtimeEvents.node());
            }
            case "conversation.item.create" -> create(node.path("item"));
            case "conversation.item.truncate" -> truncate(node);
            case "response.create" -> answer();
            case "response.cancel" -> {
                if (call == null || !told.isAnswering()) {
                    throw new Wrong(400, "response.cancel: there is no answer to be cancelled");
                }
                call.interrupt();
            }
            case "stride.said" -> call().type(Request.text(node, "text"));
            case "stride.partial" -> {
                if (call != null && told.isInterruptedBy(Request.text(node, "text"))) {
                    call.interrupt();
                }
            }
            case "stride.played" -> {
                if (call != null) {
                    call.played(node.path("turn").asLong(), node.path("ms").asDouble());
                }
            }
            case "stride.ping", "stride.spoken" -> {}
            default -> throw new Wrong(400, "type: " + type + "; allowed: the client events of OpenAI's Realtime API");
        }
    }

    private void update(JsonNode session) throws Wrong {
        if (!session.isObject()) {
            throw new Wrong(400, "session: " + session + "; allowed: an object");
        }
        if (RealtimeSettings.isBeta(session)) {
            events.dialect(true);
        } else if (session.path("type").asText().equals("realtime")) {
            events.dialect(false);
        }
        RealtimeSettings before = settings;
        settings = settings.with(session);
        boolean otherCall = !settings.voice().equals(before.voice())
                || settings.manual() != before.manual()
                || settings.silence() != before.silence()
                || settings.clientHears() != before.clientHears()
                || settings.clientSpeaks() != before.clientSpeaks()
                || settings.spoken() != before.spoken();
        if (otherCall && call != null) {
            // the parts of a call are fixed: what was said goes over into a new one
            items.addAll(0, call.lines());
            call.close();
            call = null;
        }
        told.settings(settings);
        ObjectNode updated = RealtimeEvents.node();
        updated.set("session", settings.describe(id, model, events.isBeta()));
        events.send("session.updated", updated);
    }

    private void feed(short[] samples) throws Wrong {
        if (samples.length > 0) {
            fed += samples.length;
            call().feed(samples);
        }
    }

    private void commit() throws Wrong {
        if (fed < LEAST_COMMIT) {
            throw new Wrong(400, "input_audio_buffer.commit: less than 100 ms of sound since the last one");
        }
        fed = 0;
        call().endTurn();
    }

    private void create(JsonNode item) throws Wrong {
        String role = item.path("role").asText("");
        StringBuilder text = new StringBuilder();
        for (JsonNode part : item.path("content")) {
            text.append(part.path("text").asText(part.path("transcript").asText("")));
        }
        if (!item.path("type").asText("message").equals("message") || text.isEmpty()) {
            throw new Wrong(400, "item: allowed: a message with text; sound comes by input_audio_buffer.append");
        }
        if (!role.equals("user") && !role.equals("assistant")) {
            throw new Wrong(
                    400,
                    "item.role: " + role + "; allowed: user, assistant; what a system message says goes into"
                            + " session.instructions");
        }
        items.add(new CallLine(role.equals("user") ? CallLine.Role.USER : CallLine.Role.MODEL, text.toString(), false));
        String own = item.path("id").asText(RealtimeEvents.id("item"));
        told.item(RealtimeEvents.message(
                own,
                role,
                role.equals("assistant") ? events.isBeta() ? "text" : "output_text" : "input_text",
                "text",
                text.toString()));
    }

    private void truncate(JsonNode node) throws Wrong {
        long turn = told.turnOf(node.path("item_id").asText(""));
        if (turn == 0 || call == null) {
            throw new Wrong(400, "item_id: " + node.path("item_id") + "; allowed: the last answer's");
        }
        double millis = node.path("audio_end_ms").asDouble();
        call.played(turn, millis);
        events.send(
                "conversation.item.truncated",
                RealtimeEvents.node()
                        .put("item_id", node.path("item_id").asText())
                        .put("content_index", 0)
                        .put("audio_end_ms", (long) millis));
    }

    /** Answers the last item that the user has brought; where turns are ended by the client, also what was spoken. */
    private void answer() throws Wrong {
        int last = items.size() - 1;
        if (last >= 0 && items.get(last).role() == CallLine.Role.USER) {
            String text = items.remove(last).text();
            call().type(text);
        } else if (fed >= LEAST_COMMIT) {
            commit();
        }
        // a turn of speech is answered when it ends, whether it was asked for or not
    }

    private Call call() throws Wrong {
        Call open = call;
        if (closed) {
            throw new Wrong(400, "the call is over");
        }
        if (open == null) {
            open = desk.call(model, settings, List.copyOf(items), told);
            items.clear();
            call = open;
        }
        return open;
    }

    private static short[] samples(byte[] bytes) throws Wrong {
        if (bytes.length % 2 != 0) {
            throw new Wrong(400, bytes.length + " bytes of sound; allowed: whole samples of 16 bits");
        }
        return Pcm.ofBytes(bytes, Pcm.SPEECH_RATE).samples();
    }
}
