package dev.stride.data;

import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Role;
import java.util.List;

/**
 * One conversation as it was read, with at least one assistant message.
 *
 * @param messages at least one, in the order spoken
 * @param source where it stands: {@code file:line}, counted from 1
 */
public record Example(List<Message> messages, String source) {
    public Example {
        messages = List.copyOf(messages);
        if (messages.stream().noneMatch(message -> message.role() == Role.ASSISTANT)) {
            throw new IllegalArgumentException(source + " has no assistant message");
        }
    }

    /** Every message before the last assistant message: what the model is asked when the row is evaluated. */
    public List<Message> prompt() {
        return messages.subList(0, lastAnswer());
    }

    /** The text of the last assistant message: the reference that a generated answer is compared with. */
    public String answer() {
        return messages.get(lastAnswer()).content();
    }

    private int lastAnswer() {
        int last = messages.size() - 1;
        while (messages.get(last).role() != Role.ASSISTANT) {
            last--;
        }
        return last;
    }
}
