package dev.stride.experiment;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Set;

/** A call to an MLflow server that came to nothing, as a sentence with the server's address and its own words. */
public final class MlflowFailure extends UncheckedIOException {
    private static final long serialVersionUID = 1;
    private static final Set<Integer> PASSING = Set.of(0, 408, 425, 429, 500, 502, 503, 504);

    private final int status;
    private final String code;

    /**
     * A failure.
     *
     * @param status of HTTP; 0: there was no answer
     * @param code MLflow's word for what is wrong; may be empty
     */
    MlflowFailure(int status, String code, String message, IOException cause) {
        super(message, cause);
        this.status = status;
        this.code = code;
    }

    MlflowFailure(int status, String code, String message) {
        this(status, code, message, new IOException(message));
    }

    /** The same with a further sentence. */
    MlflowFailure advising(String sentence) {
        return new MlflowFailure(status, code, getMessage() + ". " + sentence, new IOException(this));
    }

    /** Whether the same call may succeed later: the server is away or busy, and refused nothing. */
    boolean isPassing() {
        return PASSING.contains(status);
    }

    /** Whether there was an answer at all. */
    boolean isAnswered() {
        return status != 0;
    }

    /** Whether the server answered with one of MLflow's own words for what is wrong. */
    boolean says(String word) {
        return code.equals(word);
    }
}
