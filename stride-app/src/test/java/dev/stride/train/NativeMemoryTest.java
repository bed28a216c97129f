package dev.stride.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.Child;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Native memory has an owner: nothing that a step makes outlives it. Measured in a process whose Java heap is touched at
 * its start, so that what grows is native.
 */
@EnabledOnOs(value = OS.LINUX, disabledReason = "the peak of resident memory is read from /proc")
class NativeMemoryTest {
    private static final long MIB = 1 << 20;

    @TempDir
    Path folder;

    @Test
    void memory_isFlatOverStepsAndItsPeakDoesNotFollowTheVocabulary() throws InterruptedException {
        Path log = folder.resolve("probe");
        Process child = Child.start(
                log,
                List.of("-Xms96m", "-Xmx96m", "-XX:+AlwaysPreTouch"),
                MemoryProbe.class,
                List.of(folder.toString()));
        Child.Ended ended = Child.await(child, log);
        assertThat(ended.status()).as(ended.err()).isZero();
        Map<String, Long> bytes = ended.out()
                .lines()
                .collect(Collectors.toMap(line -> line.split(" ")[0], line -> Long.parseLong(line.split(" ")[1])));
        assertThat(bytes).containsOnlyKeys("full", "lora", "2000", "40000");
        // one hidden state of a micro-batch that stays each step would be 200 x 20 KB; seen: 0.1 to 0.5 MB, the JVM's
        // own
        assertThat(bytes.get("full")).as("full, %s", bytes).isLessThan(2 * MIB);
        assertThat(bytes.get("lora")).as("lora, %s", bytes).isLessThan(2 * MIB);
        // both vocabularies fill the chunks of the output layer; whole logits would be 34 and 671 MiB.
        // Seen: 180 and 189 MiB
        assertThat(bytes.get("2000")).as("%s", bytes).isBetween(64 * MIB, 256 * MIB);
        assertThat(bytes.get("40000"))
                .as("%s", bytes)
                .isLessThan(java.util.Objects.requireNonNull(bytes.get("2000")) + 24 * MIB);
    }
}
