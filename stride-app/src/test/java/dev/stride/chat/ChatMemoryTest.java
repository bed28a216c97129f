package dev.stride.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.Child;
import dev.stride.Slow;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Requests leave nothing behind. Measured in a process whose Java heap is touched at its start, so that what
 * grows is native.
 */
@EnabledOnOs(value = OS.LINUX, disabledReason = "resident memory is read from /proc")
class ChatMemoryTest {
    private static final long MIB = 1 << 20;

    @TempDir
    Path folder;

    @Test
    void memory_isFlatOverAThousandRequests() throws InterruptedException {
        check(1_000);
    }

    @Test
    @Slow
    void memory_isFlatOverTenThousandRequests() throws InterruptedException {
        check(10_000);
    }

    private void check(int requests) throws InterruptedException {
        Path log = folder.resolve("probe");
        Process child = Child.start(
                log,
                List.of("-Xms96m", "-Xmx96m", "-XX:+AlwaysPreTouch"),
                ChatMemoryProbe.class,
                List.of(Integer.toString(requests)));
        Child.Ended ended = Child.await(child, log);
        assertThat(ended.status()).as(ended.err()).isZero();
        Map<String, Long> numbers = ended.out()
                .lines()
                .collect(Collectors.toMap(line -> line.split(" ")[0], line -> Long.parseLong(line.split(" ")[1])));
        assertThat(numbers.get("answers")).isEqualTo(ChatMemoryProbe.WARM_UP + requests);
        assertThat(numbers.get("cancelled")).isPositive();
        assertThat(numbers.get("cached")).isPositive();
        assertThat(numbers.get("held")).isZero();
        // one row of logits that stays for each request would be 1.2 and 12 MiB; seen: 0.01 to 0.16 MiB, the JVM's own
        assertThat(numbers.get("growth")).as("%s", numbers).isLessThan(MIB);
    }
}
