package dev.stride.serve;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * The names of OpenAI's Realtime events in its two dialects, the beta and the final one (GA), and the events of one answer in
 * their order. See the reference for voice, section 5.
 */
final class RealtimeEvents {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final RealtimeCall.Line line;
    private boolean beta;

    /** @param beta whether the client has said that it speaks the older dialect */
    RealtimeEvents(RealtimeCall.Line line, boolean beta) {
        this.line = line;
        this.beta = beta;
    }

    boolean isBeta() {
        return beta;
    }

    /** Takes the dialect of a session that a client describes. */
    void dialect(boolean older) {
        beta = older;
    }

    static ObjectNode node() {
        return JsonNodeFactory.instance.objectNode();
    }

    static String id(String prefix) {
        byte[] bytes = new byte[9];
        RANDOM.nextBytes(bytes);
        return prefix + "_" + HexFormat.of().formatHex(bytes);
    }

    void send(String type, ObjectNode event) {
        ObjectNode whole = node().put("type", type).put("event_id", id("event"));
        whole.setAll(event);
        line.send(whole.toString());
    }

    void error(String type, String code, String message, String clientEvent) {
        ObjectNode event = node();
        event.putObject("error")
                .put("type", type)
                .put("code", code)
                .put("message", message)
                .putNull("param")
                .put("event_id", clientEvent.isEmpty() ? null : clientEvent);
        send("error", event);
    }

    /** A message of the conversation was added. */
    void item(ObjectNode item, String previous) {
        ObjectNode event = node().put("previous_item_id", previous.isEmpty() ? null : previous);
        event.set("item", item);
        if (beta) {
            send("conversation.item.created", event);
        } else {
            send("conversation.item.added", event);
            send("conversation.item.done", event);
        }
    }

    static ObjectNode message(String id, String role, String kind, String key, String text) {
        ObjectNode item = node().put("id", id)
                .put("object", "realtime.item")
                .put("type", "message")
                .put("status", "completed")
                .put("role", role);
        item.putArray("content").addObject().put("type", kind).put(key, text);
        return item;
    }

    /** An answer of a turn, from its first word to its end; used by the call's thread alone. */
    final class Response {
        private final long turn;
        private final boolean spoken;
        private final String id = id("resp");
        private final String item = id("item");
        private final StringBuilder text = new StringBuilder();

        /** @param spoken whether it has sound; else it is text */
        Response(long turn, boolean spoken, String previous) {
            this.turn = turn;
            this.spoken = spoken;
            ObjectNode created = node().put("turn", turn);
            created.set("response", response("in_progress", ""));
            send("response.created", created);
            ObjectNode added = at().put("output_index", 0);
            added.set("item", message("in_progress"));
            send("response.output_item.added", added);
            ObjectNode begun = node().put("previous_item_id", previous.isEmpty() ? null : previous);
            begun.set("item", message("in_progress"));
            send(beta ? "conversation.item.created" : "conversation.item.added", begun);
            ObjectNode part = place();
            part.set("part", part());
            send("response.content_part.added", part);
        }

        long turn() {
            return turn;
        }

        String item() {
            return item;
        }

        void text(String fragment) {
            text.append(fragment);
            send(
                    spoken
                            ? beta ? "response.audio_transcript.delta" : "response.output_audio_transcript.delta"
                            : beta ? "response.text.delta" : "response.output_text.delta",
                    place().put("delta", fragment));
        }

        void sound(String base64) {
            send(beta ? "response.audio.delta" : "response.output_audio.delta", place().put("delta", base64));
        }

        /** @param reason why it was cancelled; empty where it is whole */
        void end(String reason) {
            if (spoken) {
                send(beta ? "response.audio.done" : "response.output_audio.done", place());
                send(
                        beta ? "response.audio_transcript.done" : "response.output_audio_transcript.done",
                        place().put("transcript", text.toString()));
            } else {
                send(beta ? "response.text.done" : "response.output_text.done", place().put("text", text.toString()));
            }
            ObjectNode part = place();
            part.set("part", part());
            send("response.content_part.done", part);
            String status = reason.isEmpty() ? "completed" : "cancelled";
            ObjectNode done = at().put("output_index", 0);
            done.set("item", message(reason.isEmpty() ? "completed" : "incomplete"));
            send("response.output_item.done", done);
            if (!beta) {
                ObjectNode known = node();
                known.set("item", message(reason.isEmpty() ? "completed" : "incomplete"));
                send("conversation.item.done", known);
            }
            ObjectNode whole = node().put("turn", turn);
            whole.set("response", response(status, reason));
            send("response.done", whole);
        }

        private ObjectNode at() {
            return node().put("turn", turn).put("response_id", id);
        }

        private ObjectNode place() {
            return at().put("item_id", item).put("output_index", 0).put("content_index", 0);
        }

        private ObjectNode part() {
            String kind = spoken ? beta ? "audio" : "output_audio" : beta ? "text" : "output_text";
            return node().put("type", kind).put(spoken ? "transcript" : "text", text.toString());
        }

        private ObjectNode message(String status) {
            ObjectNode made = node().put("id", item)
                    .put("object", "realtime.item")
                    .put("type", "message")
                    .put("status", status)
                    .put("role", "assistant");
            made.putArray("content");
            if (!text.isEmpty()) {
                made.withArray("content").add(part());
            }
            return made;
        }

        private ObjectNode response(String status, String reason) {
            ObjectNode made =
                    node().put("id", id).put("object", "realtime.response").put("status", status);
            if (reason.isEmpty()) {
                made.putNull("status_details");
            } else {
                made.putObject("status_details").put("type", "cancelled").put("reason", reason);
            }
            made.putArray("output");
            if (!status.equals("in_progress")) {
                made.withArray("output").add(message(reason.isEmpty() ? "completed" : "incomplete"));
            }
            return made.putNull("usage");
        }
    }
}
