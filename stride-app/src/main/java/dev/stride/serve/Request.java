package dev.stride.serve;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a client asks: path, query, headers, cookies and body, each read as strictly as it can be. */
final class Request {
    private static final ObjectReader JSON = new ObjectMapper()
            .reader()
            .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .with(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY); // two readers would see two requests

    private static final String BEARER = "Bearer "; // in any case, RFC 9110 section 11.1

    private final org.eclipse.jetty.server.Request request;
    private final RequestBody.Read body;
    private @Nullable Map<String, List<String>> query;

    Request(org.eclipse.jetty.server.Request request, RequestBody.Read body) {
        this.request = request;
        this.body = body;
    }

    String method() {
        return request.getMethod();
    }

    /** The path as it was sent: nothing is decoded, so no path has two spellings. */
    String path() {
        return Objects.requireNonNullElse(request.getHttpURI().getPath(), "");
    }

    @Nullable
    String header(String name) {
        return request.getHeaders().get(name);
    }

    /** The protocols that a client would speak over a websocket. */
    List<String> protocols() {
        return request.getHeaders().getValuesList("Sec-WebSocket-Protocol").stream()
                .flatMap(names -> Stream.of(names.split(",")))
                .map(String::strip)
                .toList();
    }

    /** All values of a key of the query, in their order. */
    List<String> all(String key) throws Wrong {
        Map<String, List<String>> found = query;
        if (found == null) {
            found = query(request.getHttpURI().getQuery());
            query = found;
        }
        return found.getOrDefault(key, List.of());
    }

    /** The first value of a key of the query. */
    String first(String key, String ifAbsent) throws Wrong {
        List<String> values = all(key);
        return values.isEmpty() ? ifAbsent : values.get(0);
    }

    /** The word behind {@code Authorization: Bearer}, or null where there is none. */
    @Nullable
    String bearer() {
        String given = Objects.requireNonNullElse(header("Authorization"), "");
        return given.regionMatches(true, 0, BEARER, 0, BEARER.length())
                ? given.substring(BEARER.length()).strip()
                : null;
    }

    /** A cookie's value, or null. */
    @Nullable
    String cookie(String name) {
        for (String header : request.getHeaders().getValuesList("Cookie")) {
            for (String pair : header.split(";")) {
                int equals = pair.indexOf('=');
                if (equals > 0 && pair.substring(0, equals).strip().equals(name)) {
                    return pair.substring(equals + 1).strip();
                }
            }
        }
        return null;
    }

    /**
     * The body as it came.
     *
     * @throws Wrong with status 413 where it is too long
     */
    byte[] bytes(String what, int most) throws Wrong {
        if (body.tooLong() || body.bytes().length > most) {
            throw new Wrong(413, what + " has " + most + " bytes at most");
        }
        return body.bytes();
    }

    /**
     * The body as a JSON object.
     *
     * @param what is sent, for messages: "a vote"
     * @param most bytes that are read
     */
    JsonNode object(String what, int most) throws Wrong {
        String type = Objects.requireNonNullElse(header("Content-Type"), "");
        if (!type.toLowerCase(Locale.ROOT).split(";")[0].strip().equals("application/json")) {
            throw new Wrong(415, what + " is sent as application/json");
        }
        byte[] bytes = bytes(what, most);
        try {
            JsonNode node = JSON.readTree(bytes);
            if (node.isObject()) {
                return node;
            }
        } catch (IOException e) {
            throw new Wrong(400, what + " must be JSON");
        }
        throw new Wrong(400, what + " is a JSON object");
    }

    /** A text of a body. */
    static String text(JsonNode body, String key) throws Wrong {
        JsonNode value = body.path(key);
        if (!value.isTextual()) {
            throw new Wrong(400, "'" + key + "' must be a text");
        }
        return value.textValue();
    }

    private static Map<String, List<String>> query(@Nullable String raw) throws Wrong {
        Map<String, List<String>> query = new LinkedHashMap<>();
        if (raw == null) {
            return query;
        }
        for (String part : raw.split("&")) {
            int equals = part.indexOf('=');
            if (equals > 0) {
                try {
                    String value = URLDecoder.decode(part.substring(equals + 1), StandardCharsets.UTF_8);
                    query.computeIfAbsent(part.substring(0, equals), key -> new ArrayList<>())
                            .add(value);
                } catch (IllegalArgumentException e) {
                    throw new Wrong(400, "the query cannot be read");
                }
            }
        }
        return query;
    }
}
