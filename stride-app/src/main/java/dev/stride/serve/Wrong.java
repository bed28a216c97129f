package dev.stride.serve;

import java.util.Map;

/** A request that is answered with an error: its status and a sentence for people. */
final class Wrong extends Exception {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final transient Map<String, String> headers;

    Wrong(int status, String message) {
        this(status, message, Map.of());
    }

    /** An error with headers of its own, for example {@code Allow}. */
    Wrong(int status, String message, Map<String, String> headers) {
        super(message);
        this.status = status;
        this.headers = headers;
    }

    /** A method that an address does not have. */
    static Wrong method(String message, String allowed) {
        return new Wrong(405, message, Map.of("Allow", allowed));
    }

    /** An address at which there is nothing. */
    static Wrong nothingHere() {
        return new Wrong(404, "there is nothing at this address");
    }

    Answer answer() {
        return Answer.error(status, String.valueOf(getMessage()), headers);
    }
}
