package dev.stride.tokenizer;

import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.util.ArrayList;
import java.util.List;

/** ChatGLM2's conversation as one text: rounds numbered from 1, each a question and an answer (build_prompt of its tokenization_chatglm.py). */
final class RoundText {
    private RoundText() {}

    /** All rounds up to where the last answer begins; the last message is a question. */
    static String ofPrompt(List<Message> messages) {
        check(messages, Role.USER);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < messages.size(); i++) {
            String content = messages.get(i).content();
            if (i % 2 == 0) {
                text.append("[Round ")
                        .append(i / 2 + 1)
                        .append("]\n\n问：")
                        .append(content)
                        .append("\n\n答：");
            } else {
                text.append(content).append("\n\n");
            }
        }
        return text.toString();
    }

    /** The last message, which is an answer. */
    static String answer(List<Message> messages) {
        check(messages, Role.ASSISTANT);
        return messages.get(messages.size() - 1).content();
    }

    /** Refuses messages that are not user and assistant in turn, beginning with the user, without metadata. */
    static void requireRounds(List<Message> messages) {
        refuse(formProblems(messages));
    }

    private static void check(List<Message> messages, Role last) {
        List<Problem> problems = formProblems(messages);
        if (messages.isEmpty() || messages.get(messages.size() - 1).role() != last) {
            String given = messages.isEmpty()
                    ? "no messages"
                    : "last role " + messages.get(messages.size() - 1).role().word();
            problems.add(Problem.of("messages", given, "last role " + last.word()));
        }
        refuse(problems);
    }

    private static List<Problem> formProblems(List<Message> messages) {
        List<Problem> problems = new ArrayList<>();
        for (int i = 0; i < messages.size(); i++) {
            Message message = messages.get(i);
            Role expected = i % 2 == 0 ? Role.USER : Role.ASSISTANT;
            if (message.role() != expected) {
                problems.add(Problem.of(
                        "message " + (i + 1), "role " + message.role().word(), "role " + expected.word()));
            }
            if (!message.metadata().isEmpty()) {
                problems.add(Problem.of("message " + (i + 1), "metadata '" + message.metadata() + "'", "none"));
            }
        }
        return problems;
    }

    private static void refuse(List<Problem> problems) {
        if (!problems.isEmpty()) {
            throw new UserException(
                    "ChatGLM2 reads rounds of one user and one assistant message; this conversation has no such form",
                    problems);
        }
    }
}
