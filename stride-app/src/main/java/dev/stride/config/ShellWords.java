package dev.stride.config;

import java.util.List;
import java.util.stream.Collectors;

/** Arguments written so that a POSIX shell reads them back as they are. */
public final class ShellWords {
    private ShellWords() {}

    /** One argument, in single quotes where a shell would not take it as it stands. */
    public static String quoted(String argument) {
        return argument.matches("[\\w@%+=:,./-]+") ? argument : "'" + argument.replace("'", "'\\''") + "'";
    }

    /** Arguments with spaces between them. */
    public static String of(List<String> arguments) {
        return arguments.stream().map(ShellWords::quoted).collect(Collectors.joining(" "));
    }
}
