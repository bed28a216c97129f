package dev.stride.voice;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * How Doubao's speech services are reached.
 *
 * @param base their common address, {@code wss://openspeech.bytedance.com}
 * @param appId the application's id
 * @param accessKey its access token
 * @param apiKey the newer single key, which replaces both where it is given
 */
public record Doubao(URI base, Secret appId, Secret accessKey, Secret apiKey) {
    static final ObjectMapper JSON = new ObjectMapper();

    static final int START_CONNECTION = 1;
    static final int FINISH_CONNECTION = 2;
    static final int CONNECTION_STARTED = 50;
    static final int CONNECTION_FAILED = 51;
    static final int START_SESSION = 100;
    static final int CANCEL_SESSION = 101;
    static final int FINISH_SESSION = 102;
    static final int SESSION_STARTED = 150;
    static final int SESSION_FINISHED = 152;
    static final int SESSION_FAILED = 153;
    static final int TASK = 200;
    static final int SENTENCE_START = 350;
    static final int SOUND = 352;
    static final int DIALOG_ERROR = 599;

    URI at(String path) {
        return URI.create(base.toString().replaceAll("/+$", "") + path);
    }

    /** The headers of the services for hearing or speaking alone, in which the "app key" is the application's id. */
    Map<String, String> headers(String resource) {
        Map<String, String> headers = new LinkedHashMap<>();
        if (apiKey.isEmpty()) {
            headers.put("X-Api-App-Key", appId.reveal());
            headers.put("X-Api-Access-Key", accessKey.reveal());
        } else {
            headers.put("X-Api-Key", apiKey.reveal());
        }
        headers.put("X-Api-Resource-Id", resource);
        headers.put("X-Api-Connect-Id", UUID.randomUUID().toString());
        return headers;
    }

    /** The text without any of the keys. */
    String hideIn(String text) {
        return apiKey.hideIn(accessKey.hideIn(appId.hideIn(text)));
    }

    /** What an error frame or a failed session says. */
    EngineFailure failure(String engine, int code, String payload) {
        String shown = payload;
        int status = code;
        try {
            JsonNode json = JSON.readTree(payload);
            shown = first(json, payload, "error", "message");
            status = code == 0 ? Integer.parseInt(first(json, "0", "status_code", "code")) : code;
        } catch (IOException | NumberFormatException e) {
            shown = payload;
        }
        String cut = hideIn(shown.length() > 300 ? shown.substring(0, 300) + " ..." : shown);
        // 4xxxxxxx is a wrong request and will be wrong again; 5xxxxxxx is the service's trouble
        return new EngineFailure(
                engine,
                engine + ": the service says " + (status == 0 ? "" : status + " ") + cut,
                status / 10_000_000 != 4);
    }

    private static String first(JsonNode json, String otherwise, String... names) {
        for (String name : names) {
            JsonNode value = json.path(name);
            if (value.isValueNode()) {
                return value.asText();
            }
        }
        return otherwise;
    }
}
