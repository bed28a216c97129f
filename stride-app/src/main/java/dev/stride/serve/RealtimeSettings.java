package dev.stride.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.voice.TurnSettings;
import java.util.Base64;

/**
 * What a client has said about its session.
 *
 * @param instructions for the model; empty for none
 * @param voice wished for; empty for the usual one
 * @param spoken whether answers have sound; else they are text
 * @param manual whether the client itself ends turns ({@code turn_detection} null)
 * @param silence milliseconds of silence that end a turn; 0 for the usual ones
 * @param binary whether sound travels in binary messages at 16 kHz instead of base64 at 24 kHz
 * @param clientHears whether the client brings text instead of sound
 * @param clientSpeaks whether the client speaks the pieces of an answer itself
 */
record RealtimeSettings(
        String instructions,
        String voice,
        boolean spoken,
        boolean manual,
        int silence,
        boolean binary,
        boolean clientHears,
        boolean clientSpeaks) {
    static final int RATE = 24_000;

    private static final int LEAST_SILENCE = 100;
    private static final int MOST_SILENCE = 10_000;

    static RealtimeSettings usual() {
        return new RealtimeSettings("", "", true, false, 0, false, false, false);
    }

    /** Whether a client's description is in the older dialect. */
    static boolean isBeta(JsonNode session) {
        return session.has("modalities")
                || session.has("input_audio_format")
                || session.has("output_audio_format")
                || session.has("turn_detection");
    }

    /** The same with what a description of a session changes. */
    RealtimeSettings with(JsonNode session) throws Wrong {
        JsonNode input = session.path("audio").path("input");
        JsonNode output = session.path("audio").path("output");
        format(session.path("input_audio_format"), "input_audio_format");
        format(session.path("output_audio_format"), "output_audio_format");
        format(input.path("format"), "audio.input.format");
        format(output.path("format"), "audio.output.format");
        JsonNode detection =
                input.has("turn_detection") ? input.path("turn_detection") : session.path("turn_detection");
        JsonNode modalities =
                session.has("output_modalities") ? session.path("output_modalities") : session.path("modalities");
        JsonNode own = session.path("stride");
        return new RealtimeSettings(
                text(session, "instructions", instructions),
                output.has("voice") ? text(output, "voice", voice) : text(session, "voice", voice),
                modalities.isArray() ? has(modalities, "audio") : spoken,
                detection.isMissingNode() ? manual : detection.isNull(),
                detection.isObject() ? silence(detection) : silence,
                own.path("binary").asBoolean(binary),
                own.has("ears") ? own.path("ears").asText().equals("client") : clientHears,
                own.has("mouth") ? own.path("mouth").asText().equals("client") : clientSpeaks);
    }

    /** When turns begin and end. */
    TurnSettings turns(TurnSettings usual) {
        if (manual) {
            return usual.withSilence(MOST_SILENCE);
        }
        return silence == 0 ? usual : usual.withSilence(silence);
    }

    ObjectNode describe(String id, String model, boolean beta) {
        ObjectNode session = RealtimeEvents.node()
                .put("id", id)
                .put("object", "realtime.session")
                .put("model", model)
                .put("instructions", instructions);
        String modality = spoken ? "audio" : "text";
        if (beta) {
            session.putArray("modalities").add("text");
            if (spoken) {
                session.withArray("modalities").add(modality);
            }
            session.put("voice", voice).put("input_audio_format", "pcm16").put("output_audio_format", "pcm16");
            detection(session);
            return session;
        }
        session.put("type", "realtime");
        session.putArray("output_modalities").add(modality);
        ObjectNode audio = session.putObject("audio");
        ObjectNode input = audio.putObject("input");
        input.putObject("format").put("type", "audio/pcm").put("rate", RATE);
        detection(input);
        ObjectNode output = audio.putObject("output");
        output.putObject("format").put("type", "audio/pcm").put("rate", RATE);
        output.put("voice", voice);
        session.putObject("stride")
                .put("binary", binary)
                .put("ears", clientHears ? "client" : "server")
                .put("mouth", clientSpeaks ? "client" : "server");
        return session;
    }

    private void detection(ObjectNode node) {
        if (manual) {
            node.putNull("turn_detection");
        } else {
            node.putObject("turn_detection")
                    .put("type", "server_vad")
                    .put("silence_duration_ms", silence == 0 ? TurnSettings.USUAL.silence() : silence)
                    .put("create_response", true)
                    .put("interrupt_response", true);
        }
    }

    private static int silence(JsonNode detection) throws Wrong {
        String type = detection.path("type").asText("server_vad");
        if (type.equals("semantic_vad")) {
            return 0;
        }
        if (!type.equals("server_vad")) {
            throw new Wrong(400, "turn_detection.type: " + type + "; allowed: server_vad, semantic_vad, or null");
        }
        if (!detection.has("silence_duration_ms")) {
            return 0;
        }
        int silence = detection.path("silence_duration_ms").asInt(-1);
        if (silence < LEAST_SILENCE || silence > MOST_SILENCE) {
            throw new Wrong(
                    400,
                    "turn_detection.silence_duration_ms: " + detection.path("silence_duration_ms") + "; allowed: "
                            + LEAST_SILENCE + " to " + MOST_SILENCE);
        }
        return silence;
    }

    private static void format(JsonNode format, String where) throws Wrong {
        boolean old = format.asText("").equals("pcm16");
        boolean named = format.path("type").asText("").equals("audio/pcm")
                && format.path("rate").asInt(RATE) == RATE;
        if (!format.isMissingNode() && !format.isNull() && !old && !named) {
            throw new Wrong(400, where + ": " + format + "; allowed: pcm16, or audio/pcm at " + RATE);
        }
    }

    private static boolean has(JsonNode array, String word) {
        for (JsonNode item : array) {
            if (item.asText().equals(word)) {
                return true;
            }
        }
        return false;
    }

    private static String text(JsonNode node, String key, String before) {
        return node.path(key).isTextual() ? node.path(key).textValue() : before;
    }

    /** Sound of a base64 text. */
    static byte[] sound(String base64) throws Wrong {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new Wrong(400, "audio: this is no base64");
        }
    }
}
