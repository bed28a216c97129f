package dev.stride.chat;

/** A request that is not taken, and why; nothing of it was begun. The message is for whoever asked. */
public final class ChatRefusal extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final Reason reason;

    /** Why a request is not taken. */
    public enum Reason {
        /** The request itself cannot be done: HTTP 400. */
        INVALID,
        /** The prompt and the new tokens do not fit into the model's context or the cache: HTTP 400. */
        TOO_LONG,
        /** No model has this name: HTTP 404. */
        UNKNOWN_MODEL,
        /** The queue is full; later it may be taken: HTTP 429. */
        BUSY,
        /** The engine is closing or closed: HTTP 503. */
        CLOSING
    }

    ChatRefusal(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /** The kind of refusal. */
    public Reason reason() {
        return reason;
    }
}
