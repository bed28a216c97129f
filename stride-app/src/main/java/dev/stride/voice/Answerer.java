package dev.stride.voice;

import java.util.List;

/** Whatever thinks: it turns the lines of a call into the text of an answer, piece by piece. It neither throws nor waits. */
public interface Answerer {
    /**
     * Begins an answer to the last line.
     *
     * @param lines what was said, the oldest first; the last one is the user's
     */
    Running answer(List<CallLine> lines, Listener listener);

    /** An answer that is being made. */
    interface Running {
        /** Gives it up; what still comes is not listened to. */
        void cancel();
    }

    /** What comes of it, from any thread. */
    interface Listener {
        /** The next text. */
        void text(String fragment);

        /** The answer is whole. */
        void done();

        /** There will be no more of it. */
        void failed(String message);
    }
}
