package dev.stride.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a request is answered with, whole in memory.
 *
 * @param status of HTTP
 * @param type the media type
 * @param body may be empty
 * @param headers beside those that every answer has; one of the same name wins
 */
record Answer(int status, String type, byte[] body, Map<String, String> headers) {
    static final String JSON = "application/json; charset=utf-8";
    static final String HTML = "text/html; charset=utf-8";

    /** What a page of this server may load and do: its own files and calls, nothing of anybody else's, nothing inline. */
    static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
            + "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    static Answer of(String type, String text) {
        return new Answer(200, type, text.getBytes(StandardCharsets.UTF_8), Map.of());
    }

    static Answer json(JsonNode node) {
        return json(200, node);
    }

    static Answer json(int status, JsonNode node) {
        return new Answer(status, JSON, node.toString().getBytes(StandardCharsets.UTF_8), Map.of());
    }

    /** {@code {"error": "a sentence"}}. */
    static Answer error(int status, String message, Map<String, String> headers) {
        JsonNode node = JsonNodeFactory.instance.objectNode().put("error", message);
        return new Answer(status, JSON, node.toString().getBytes(StandardCharsets.UTF_8), headers);
    }

    Answer with(Map<String, String> more) {
        return new Answer(status, type, body, more);
    }

    /** The headers that every answer has, and some more, of which one of the same name wins. */
    static Map<String, String> headers(Map<String, String> more) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Cache-Control", "no-store");
        headers.put("Content-Security-Policy", POLICY);
        headers.put("X-Content-Type-Options", "nosniff");
        headers.put("Referrer-Policy", "no-referrer");
        headers.put("Cross-Origin-Resource-Policy", "same-origin");
        headers.putAll(more);
        return headers;
    }
}
