package dev.stride.tokenizer;

import java.util.Objects;

/**
 * One message of a conversation.
 *
 * @param role who speaks
 * @param metadata what follows the role on its header line: empty, or the name of the tool that an assistant calls
 * @param content the text itself
 * @param trained whether the tokens of this message may be trained; roles that are never trained stay so
 */
public record Message(Role role, String metadata, String content, boolean trained) {
    public Message {
        Objects.requireNonNull(role, "role");
        Objects.requireNonNull(metadata, "metadata");
        Objects.requireNonNull(content, "content");
    }

    /** A plain message with no metadata, trained if its role is. */
    public static Message of(Role role, String content) {
        return new Message(role, "", content, true);
    }
}
