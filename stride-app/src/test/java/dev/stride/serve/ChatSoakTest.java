package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.Slow;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Ten thousand requests over HTTP leave nothing behind, in a process of their own. */
@Slow
@EnabledOnOs(value = OS.LINUX, disabledReason = "resident memory and open files are read from /proc")
class ChatSoakTest {
    private static final int REQUESTS = Integer.getInteger("stride.soak", 10_000);

    @TempDir
    Path folder;

    @Test
    void requests_tenThousand_leaveNothingBehind() throws Exception {
        Path log = folder.resolve("soak");
        Process child = dev.stride.Child.start(
                log,
                List.of(
                        "-Xms256m",
                        "-Xmx256m",
                        "-XX:+AlwaysPreTouch",
                        "-Dstride.root=" + dev.stride.SharedFolder.projectRoot()),
                ChatSoakProbe.class,
                List.of(Integer.toString(REQUESTS)));
        assertThat(child.waitFor(30, TimeUnit.MINUTES)).isTrue();
        dev.stride.Child.Ended ended = dev.stride.Child.await(child, log);
        assertThat(ended.status()).as(ended.err()).isZero();
        SoakFigures figures = SoakFigures.read(ended.out());
        Files.writeString(Path.of("target/soak.txt"), ended.out());
        assertThat(figures.of("requests")).isGreaterThanOrEqualTo(REQUESTS);
        assertThat(figures.of("answered")).isGreaterThan(REQUESTS * 8L / 10);
        assertThat(figures.of("cancelled")).isPositive();
        assertThat(figures.of("refused")).isPositive();
        assertThat(figures.of("held")).isZero();
        assertThat(figures.of("failed")).isZero();
        assertThat(figures.of("errors")).isZero();
        figures.assertNothingIsLeft();
    }
}
