package dev.stride.serve;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.chat.ChatEnd;
import dev.stride.chat.ChatPiece;
import java.util.List;

/** How the answers of one call are written: chat completions, or completions of a text. */
interface ApiShape {
    /** The word before an answer's id. */
    String idPrefix();

    /** The value of {@code object} in a whole answer. */
    String object();

    /** The value of {@code object} in a part of a stream. */
    String streamObject();

    /** One of the answers, as it comes. */
    Choice choice(int index);

    /** One answer of a call; used by one thread. */
    interface Choice {
        /** The choices that a stream tells at its beginning; often none. */
        List<ObjectNode> begin();

        /** Takes a piece, and gives what a stream tells of it; often nothing. */
        List<ObjectNode> feed(ChatPiece piece);

        /** Takes the end, and gives what a stream tells last. */
        List<ObjectNode> finish(ChatEnd.Reason reason);

        /** The whole choice, after its end. */
        ObjectNode whole();
    }
}
