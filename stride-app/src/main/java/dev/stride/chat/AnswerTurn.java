package dev.stride.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.tokenizer.Message;
import dev.stride.tokenizer.Role;

/** One thing that the assistant said in an answer (modeling_chatglm.py, process_response). */
public sealed interface AnswerTurn {
    /** The turn as a message of the history, to the character as the model wrote it. */
    Message message();

    /**
     * Words for the user.
     *
     * @param content stripped, with the date of training put in
     */
    record Text(String content, Message message) implements AnswerTurn {}

    /**
     * A call of a tool that was announced.
     *
     * @param name the tool's name
     * @param arguments by name, read from the Python notation and never evaluated
     */
    record Call(String name, ObjectNode arguments, Message message) implements AnswerTurn {}

    /**
     * Something for a program, such as code for an interpreter, or a call that cannot be read.
     *
     * @param name the metadata: whom it is for
     * @param content as the model wrote it
     */
    record Code(String name, String content, Message message) implements AnswerTurn {}

    /** The message that the model wrote. */
    static Message written(String metadata, String content) {
        return new Message(Role.ASSISTANT, metadata, content, true);
    }
}
