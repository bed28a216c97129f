package dev.stride.distributed;

/** A rank died, hangs or cannot be reached, so that this one cannot go on; the message names it where that is known. */
public final class RankLost extends RuntimeException {
    private static final long serialVersionUID = 1L;

    RankLost(String message, Throwable cause) {
        super(message, cause);
    }
}
