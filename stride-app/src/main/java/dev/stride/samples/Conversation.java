package dev.stride.samples;

import dev.stride.tokenizer.Message;
import java.util.List;

/**
 * A chat: messages of a user and an assistant by turns.
 *
 * @param messages in order; the first is the user's, or the system's before it, the last the assistant's
 */
public record Conversation(List<Message> messages) implements SampleItem {
    public Conversation {
        messages = List.copyOf(messages);
    }
}
