package dev.stride.live;

import java.util.Locale;

/** Where a run stands, as a person looks at it. */
public enum RunStatus {
    /** Something changed a short time ago. */
    RUNNING,
    /** It has not ended, and nothing has changed for a while: slow, killed, or out of reach. */
    SILENT,
    /** A trial that was not begun. */
    WAITING,
    /** All planned updates were made. */
    FINISHED,
    /** A guard stopped it. */
    STOPPED,
    /** An error ended it. */
    FAILED,
    /** The user or the machine ended it; it can go on. */
    INTERRUPTED,
    /** The sweep ended it, since others were better. */
    PRUNED,
    /** Its files cannot be read. */
    DAMAGED;

    /** The word in JSON. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether nothing more is written, as far as one knows. */
    public boolean isOver() {
        return this == FINISHED || this == STOPPED || this == FAILED || this == INTERRUPTED || this == PRUNED;
    }

    /** The status of a word in {@code result.json} or {@code sweep.json}; {@link #DAMAGED} where it is none. */
    static RunStatus of(String word) {
        for (RunStatus status : values()) {
            if (status.word().equals(word)) {
                return status;
            }
        }
        return DAMAGED;
    }
}
