package dev.stride.data;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Role;
import java.util.List;
import java.util.Set;

/** Turns the rows of one format into messages. */
interface RowReader {
    /** The messages of a row; the caller checks that they are a conversation. */
    List<Message> read(JsonNode row) throws RowFault;

    /** The keys of a row that messages are made from. */
    Set<String> usedKeys();

    /** Refuses what is no conversation to learn from: no message, no answer, an answer that is trained but blank. */
    static List<Message> checked(List<Message> messages) throws RowFault {
        if (messages.isEmpty()) {
            throw new RowFault(BadRow.Kind.EMPTY_CONVERSATION, "the conversation has no messages", "at least one");
        }
        boolean answered = false;
        for (int i = 0; i < messages.size(); i++) {
            Message message = messages.get(i);
            if (message.role() != Role.ASSISTANT) {
                continue;
            }
            answered = true;
            if (message.trained()
                    && message.metadata().isEmpty()
                    && message.content().isBlank()) {
                throw new RowFault(
                        BadRow.Kind.EMPTY_ANSWER,
                        "the answer (message " + (i + 1) + ") is empty",
                        "a text, or \"loss\": false in formats that have it");
            }
        }
        if (!answered) {
            throw new RowFault(
                    BadRow.Kind.NO_ANSWER,
                    "no message of the assistant: nothing would be trained",
                    "at least one assistant message");
        }
        return messages;
    }
}
