package dev.stride.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Function;
import picocli.CommandLine;

/** What a command line did: its exit status and what it printed. */
record VerbRun(int status, String out, String err) {
    /** Runs the program as main does, but for the process's exit. */
    static VerbRun of(Object... args) {
        return of(Main::commandLine, args);
    }

    static VerbRun of(Function<Console, CommandLine> line, Object... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Console console = new Console(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false);
        int status = line.apply(console)
                .execute(Arrays.stream(args).map(String::valueOf).toArray(String[]::new));
        return new VerbRun(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** Standard output as the one document that it must be. */
    JsonNode json() {
        try {
            return new ObjectMapper()
                    .reader()
                    .with(com.fasterxml.jackson.databind.DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .readTree(out);
        } catch (IOException e) {
            throw new UncheckedIOException(out + err, e);
        }
    }
}
