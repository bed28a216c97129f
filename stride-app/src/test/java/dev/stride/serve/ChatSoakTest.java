package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.Slow;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Ten thousand requests over HTTP leave nothing behind, in a process of their own. */
@Slow
@EnabledOnOs(value = OS.LINUX, disabledReason = "resident memory and open files are read from /proc")
class ChatSoakTest {
    private static final int REQUESTS = Integer.getInteger("stride.soak", 10_000);
    private static final long MIB = 1 << 20;

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
        Map<String, Long> numbers = ended.out()
                .lines()
                .collect(Collectors.toMap(line -> line.split(" ")[0], line -> Long.parseLong(line.split(" ")[1])));
        Files.writeString(Path.of("target/soak.txt"), ended.out());
        assertThat(numbers.get("requests")).isGreaterThanOrEqualTo(REQUESTS);
        assertThat(numbers.get("answered")).isGreaterThan(REQUESTS * 8L / 10);
        assertThat(numbers.get("cancelled")).isPositive();
        assertThat(numbers.get("refused")).isPositive();
        assertThat(numbers.get("held")).isZero();
        assertThat(numbers.get("failed")).isZero();
        assertThat(numbers.get("errors")).isZero();
        // a request that leaves 2 KiB behind would show
        assertThat(growth(numbers, "heap")).as("%s", numbers).isLessThan(12 * MIB);
        assertThat(growth(numbers, "resident")).as("%s", numbers).isLessThan(20 * MIB);
        assertThat(growth(numbers, "threads")).as("%s", numbers).isLessThan(20);
        assertThat(growth(numbers, "files")).as("%s", numbers).isLessThan(20);
    }

    private static long growth(Map<String, Long> numbers, String what) {
        return java.util.Objects.requireNonNull(numbers.get("after-" + what))
                - java.util.Objects.requireNonNull(numbers.get("before-" + what));
    }
}
