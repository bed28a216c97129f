package dev.stride.serve;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** A request that is answered with an error: its status and a sentence for people. */
final class Wrong extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final transient Map<String, String> headers;
    private final String param;
    private final String code;

    Wrong(int status, String message) {
        this(status, message, Map.of());
    }

    /** An error with headers of its own, for example {@code Allow}. */
    Wrong(int status, String message, Map<String, String> headers) {
        this(status, message, headers, "", "");
    }

    /**
     * An error of the API, which also names what is wrong for programs.
     *
     * @param param the part of the request; empty for none
     * @param code a word for the kind of error; empty for none
     */
    Wrong(int status, String message, Map<String, String> headers, String param, String code) {
        super(message);
        this.status = status;
        this.headers = headers;
        this.param = param;
        this.code = code;
    }

    /** A method that an address does not have. */
    static Wrong method(String message, String allowed) {
        return new Wrong(405, message, Map.of("Allow", allowed));
    }

    /** An address at which there is nothing. */
    static Wrong nothingHere() {
        return new Wrong(404, "there is nothing at this address");
    }

    int status() {
        return status;
    }

    /** The error in the form of OpenAI's API. */
    Answer apiAnswer() {
        return new Answer(
                status,
                Answer.JSON,
                apiError(String.valueOf(getMessage()), status, param, code)
                        .toString()
                        .getBytes(StandardCharsets.UTF_8),
                headers);
    }

    /** {@code {"error": {"message", "type", "param", "code"}}}. */
    static ObjectNode apiError(String message, int status, String param, String code) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.putObject("error")
                .put("message", message)
                .put("type", type(status))
                .put("param", param.isEmpty() ? null : param)
                .put("code", code.isEmpty() ? null : code);
        return node;
    }

    private static String type(int status) {
        return switch (status) {
            case 401 -> "authentication_error";
            case 403 -> "permission_error";
            case 429 -> "rate_limit_error";
            case 500 -> "server_error";
            case 503 -> "service_unavailable_error";
            default -> "invalid_request_error";
        };
    }

    Answer answer() {
        return Answer.error(status, String.valueOf(getMessage()), headers);
    }
}
