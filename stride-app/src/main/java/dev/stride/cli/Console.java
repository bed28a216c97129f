package dev.stride.cli;

import java.io.PrintStream;

/**
 * Where the program speaks: results on standard output, progress and messages on standard error.
 *
 * @param out results
 * @param err everything else
 * @param live whether standard error is a terminal, so that a moving bar may be drawn
 */
record Console(PrintStream out, PrintStream err, boolean live) {
    /** The process's own streams, in UTF-8; the launcher says whether they are a terminal. */
    static Console ofProcess() {
        return new Console(utf8(System.out), utf8(System.err), "1".equals(System.getenv("STRIDE_TERMINAL")));
    }

    private static PrintStream utf8(PrintStream stream) {
        return new PrintStream(stream, true, java.nio.charset.StandardCharsets.UTF_8);
    }

    /** A line for people. */
    void say(String line) {
        err.println(line);
    }

    /** A line of the result. */
    void print(String line) {
        out.println(line);
    }
}
