package dev.stride.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk of 4 MiB that really fills up. Mounting one takes root; elsewhere {@link CheckpointStoreTest} injects it. */
class FullDiskTest {
    @TempDir
    Path folder;

    private boolean mounted;

    @BeforeEach
    void mount() throws Exception {
        mounted = run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder.toString());
        assumeTrue(mounted, "SKIPPED: no small disk can be mounted here");
    }

    @AfterEach
    void unmount() throws Exception {
        if (mounted) {
            assertThat(run("umount", folder.toString())).isTrue();
        }
    }

    @Test
    void save_diskFullMidway_keepsThePreviousAndFreesTheRoom() {
        CheckpointStore store = CheckpointStore.open(folder.resolve("checkpoints"));
        store.save(1, megabytes(1), target -> write(target, 1));
        assertThatThrownBy(() -> store.save(2, 0, target -> write(target, 5)))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("step-000002")
                .hasMessageContaining("No space left");
        assertThat(store.latestVerified().orElseThrow().step()).isEqualTo(1);
        assertThat(store.damaged()).isEmpty();
        store.save(3, megabytes(1), target -> write(target, 1));
        assertThat(store.latestVerified().orElseThrow().step()).isEqualTo(3);
    }

    @Test
    void save_sizeSaidTruly_isRefusedBeforeWriting() {
        CheckpointStore store = CheckpointStore.open(folder.resolve("checkpoints"));
        assertThatThrownBy(() -> store.save(2, megabytes(5), target -> {
                    throw new AssertionError("must not be called");
                }))
                .isInstanceOf(NoRoomException.class)
                .hasMessageContaining("are free");
    }

    private static long megabytes(int count) {
        return (long) count << 20;
    }

    private static void write(AtomicFolder target, int megabytes) throws IOException {
        try (WritableByteChannel channel = target.create("weights")) {
            for (int i = 0; i < megabytes; i++) {
                channel.write(ByteBuffer.allocate(1 << 20));
            }
        }
    }

    private static boolean run(String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
