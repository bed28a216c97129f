package dev.stride.voice;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * What is asked for in Doubao's dialogue.
 *
 * @param appKey the fixed value that the console shows beside the application's keys
 * @param model the service's model; documents of different dates name different ones
 * @param voice a voice that fits the model
 */
record DialogueChoice(Secret appKey, String model, String voice) {
    static final int RATE = 24_000;
    /** The silence that ends a turn there, in milliseconds; 500 is the least that it takes. */
    private static final int SILENCE = 600;

    /** Here the "app key" is the fixed value, and the application's id has a header of its own. */
    Map<String, String> headers(Doubao doubao) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("X-Api-App-ID", doubao.appId().reveal());
        headers.put("X-Api-Access-Key", doubao.accessKey().reveal());
        headers.put("X-Api-Resource-Id", "volc.speech.dialog");
        headers.put("X-Api-App-Key", appKey.reveal());
        headers.put("X-Api-Connect-Id", UUID.randomUUID().toString());
        return headers;
    }

    String startSession() {
        ObjectNode root = Doubao.JSON.createObjectNode();
        ObjectNode asr = root.putObject("asr");
        asr.putObject("audio_info")
                .put("format", "pcm")
                .put("sample_rate", Pcm.SPEECH_RATE)
                .put("channel", 1);
        // both extras must be objects
        asr.putObject("extra").put("end_smooth_window_ms", SILENCE).put("enable_custom_vad", true);
        ObjectNode tts = root.putObject("tts");
        tts.put("speaker", voice);
        // "pcm" alone would be 32-bit floats
        tts.putObject("audio_config")
                .put("channel", 1)
                .put("format", "pcm_s16le")
                .put("sample_rate", RATE);
        tts.putObject("extra");
        ObjectNode dialog = root.putObject("dialog");
        dialog.put("bot_name", "Stride").put("system_role", "无论听到什么，都只回答一个字：嗯。").put("dialog_id", "");
        dialog.putObject("extra").put("model", model).put("input_mod", "keep_alive");
        return root.toString();
    }
}
