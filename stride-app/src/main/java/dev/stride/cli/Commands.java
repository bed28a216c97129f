package dev.stride.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Short questions to other programs. */
final class Commands {
    private static final long SECONDS = 10;

    private Commands() {}

    /**
     * What a program said.
     *
     * @param status its exit status; {@link #NOT_FOUND} or {@link #NO_ANSWER} where it has none
     * @param output standard output and standard error, or why there is none
     */
    record Answer(int status, String output) {
        static final int NOT_FOUND = -1;
        static final int NO_ANSWER = -2;

        boolean isGood() {
            return status == 0;
        }
    }

    /** Runs a program that ends by itself; one that takes longer than ten seconds is ended. */
    static Answer ask(List<String> command) {
        Path output = null;
        try {
            output = Files.createTempFile("stride", ".txt");
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return new Answer(Answer.NO_ANSWER, "no answer within " + SECONDS + " seconds");
            }
            String text = new String(Files.readAllBytes(output), StandardCharsets.UTF_8).strip();
            return new Answer(process.exitValue(), text);
        } catch (IOException e) {
            return new Answer(Answer.NOT_FOUND, "not found");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Answer(Answer.NO_ANSWER, "interrupted");
        } finally {
            delete(output);
        }
    }

    private static void delete(@org.jspecify.annotations.Nullable Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            // a few bytes stay in the system's temporary folder
            return;
        }
    }
}
