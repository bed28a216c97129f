package dev.stride.voice;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program that runs for one turn or one piece, without a shell; the last of what it complains about is kept. */
final class Child {
    private static final int PATIENCE_SECONDS = 20;
    private static final int KEPT = 400;

    private final Process process;
    private final StringBuffer complaint = new StringBuffer();
    private final Thread reader;

    Child(List<String> command) throws IOException {
        try {
            process = new ProcessBuilder(command).start();
        } catch (IOException e) {
            throw new IOException(command.get(0) + " cannot be started: " + e.getMessage(), e);
        }
        reader = new Thread(this::readComplaint, "voice-child-" + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    Process process() {
        return process;
    }

    /** Ends the program now. */
    void kill() {
        process.destroyForcibly();
    }

    /** Waits until the program has ended by itself and refuses one that failed. */
    void checkEnd() throws IOException, InterruptedException {
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            kill();
            throw new IOException("the program did not end within " + PATIENCE_SECONDS + " seconds of its output");
        }
        if (process.exitValue() != 0) {
            reader.join(1_000);
            String last = complaint.toString().strip();
            throw new IOException("the program ended with status " + process.exitValue()
                    + (last.isEmpty() ? "" : ": " + last.substring(Math.max(0, last.length() - KEPT))));
        }
    }

    private void readComplaint() {
        byte[] buffer = new byte[1_024];
        try (InputStream errors = process.getErrorStream()) {
            for (int n = errors.read(buffer); n >= 0; n = errors.read(buffer)) {
                complaint.append(new String(buffer, 0, n, StandardCharsets.UTF_8));
                if (complaint.length() > 4 * KEPT) {
                    complaint.delete(0, complaint.length() - 2 * KEPT);
                }
            }
        } catch (IOException e) {
            // the program was ended, and its stream with it
            complaint.append(' ');
        }
    }
}
