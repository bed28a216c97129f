package dev.stride.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
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

    /** Sends it; a HEAD gets the headers alone. */
    void send(HttpExchange exchange) throws IOException {
        begin(exchange, type, headers);
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
            exchange.sendResponseHeaders(status, -1);
        } else if (body.length == 0) {
            exchange.sendResponseHeaders(status, -1);
        } else {
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    /** Sets the headers that every answer has, and some more. */
    static void begin(HttpExchange exchange, String type, Map<String, String> more) {
        Headers headers = exchange.getResponseHeaders();
        headers.set("Content-Type", type);
        headers.set("Cache-Control", "no-store");
        headers.set("Content-Security-Policy", POLICY);
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("Referrer-Policy", "no-referrer");
        headers.set("Cross-Origin-Resource-Policy", "same-origin");
        more.forEach(headers::set);
    }
}
