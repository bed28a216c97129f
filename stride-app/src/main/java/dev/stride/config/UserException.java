package dev.stride.config;

import java.util.List;

/**
 * What the user asked for cannot be done as it stands: all the problems at once. The command line prints them without a
 * stack trace and exits with status 2.
 */
public final class UserException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient List<Problem> problems;

    /** Problems under a first line that says what failed. */
    public UserException(String title, List<Problem> problems) {
        super(message(title, problems));
        this.problems = List.copyOf(problems);
    }

    /** One sentence that says where, what was given, what is allowed and what to do. */
    public UserException(String sentence) {
        this(sentence, List.of());
    }

    /** Everything that is wrong, in the order it was found; empty when the message is one sentence. */
    public List<Problem> problems() {
        return problems;
    }

    private static String message(String title, List<Problem> problems) {
        StringBuilder text = new StringBuilder(title);
        for (Problem problem : problems) {
            text.append("\n  ").append(problem.toLine());
        }
        return text.toString();
    }
}
