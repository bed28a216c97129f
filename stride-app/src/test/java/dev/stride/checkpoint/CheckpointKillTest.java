package dev.stride.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process is killed in the middle of writing, again and again: the last step that it called safe is there, whole. */
class CheckpointKillTest {
    @TempDir
    Path folder;

    @Test
    void save_killedAtAnyMoment_lastSafeCheckpointIsWhole() throws Exception {
        Random random = new Random(13);
        long before = 0;
        int leftovers = 0;
        for (int round = 0; round < 8; round++) {
            long said = runAndKill(2 + random.nextInt(4), random.nextInt(40));
            leftovers += countLeftovers();
            Checkpoint latest = CheckpointStore.open(folder).latestVerified().orElseThrow();
            assertThat(countLeftovers()).isZero();
            assertThat(said).isGreaterThan(before);
            assertThat(latest.step()).isBetween(said, said + 1);
            assertThat(CheckpointStore.view(folder).latest()).contains(latest);
            assertThat(Files.readAllBytes(latest.folder().resolve("weights")))
                    .isEqualTo(CheckpointLoop.content(latest.step()));
            assertThat(Files.readString(latest.folder().resolve("step"))).isEqualTo("" + latest.step());
            before = latest.step();
        }
        // a kill between two writes would prove nothing
        assertThat(leftovers).isPositive();
    }

    /** Kills the child some milliseconds after it called a number of steps safe; returns the last one it named. */
    private long runAndKill(int steps, int milliseconds) throws IOException, InterruptedException {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        CheckpointLoop.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        long last = 0;
        try (BufferedReader out = child.inputReader()) {
            for (int i = 0; i < steps; i++) {
                last = Long.parseLong(out.readLine());
            }
            Thread.sleep(milliseconds);
            // the handle's kill leaves the pipe open: what was said before is still read
            child.toHandle().destroyForcibly();
            child.waitFor();
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                last = Long.parseLong(line);
            }
        } finally {
            child.destroyForcibly();
        }
        return last;
    }

    private int countLeftovers() throws IOException {
        try (var children = Files.list(folder)) {
            return (int)
                    children.filter(child -> !child.getFileName().toString().matches("step-\\d{6}"))
                            .count();
        }
    }
}
