package dev.stride.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.Child;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Four adapters over one base of 36 million parameters in float32: at its peak the process holds the base once, each
 * adapter with its gradients and moments, and little else. Measured in a process of its own, above what it held before.
 */
@EnabledOnOs(value = OS.LINUX, disabledReason = "the peak of resident memory is read from /proc")
class SharedMemoryTest {
    private static final double MARGIN = 1.15;

    @TempDir
    Path folder;

    @Test
    void peakOfAJointUpdate_isTheBaseAndTheAdaptersAndLittleMore() throws InterruptedException {
        Path log = folder.resolve("probe");
        Process child = Child.start(
                log, List.of("-Xms96m", "-Xmx96m", "-XX:+AlwaysPreTouch"), SharedMemoryProbe.class, List.of());
        Child.Ended ended = Child.await(child, log);
        assertThat(ended.status()).as(ended.err()).isZero();
        Map<String, Long> bytes = ended.out()
                .lines()
                .collect(Collectors.toMap(line -> line.split(" ")[0], line -> Long.parseLong(line.split(" ")[1])));
        assertThat(bytes).containsOnlyKeys("base", "adapter", "solo", "joint");
        long base = Objects.requireNonNull(bytes.get("base"));
        long adapters = SharedMemoryProbe.MEMBERS * Objects.requireNonNull(bytes.get("adapter"));
        long joint = Objects.requireNonNull(bytes.get("joint"));
        assertThat(base).as("36 million float32 numbers, %s", bytes).isBetween(130_000_000L, 160_000_000L);
        assertThat(joint).as("%s", bytes).isGreaterThan(base).isLessThan((long) (MARGIN * (base + adapters)));
        // the same pass without the others' adapters; three more bases would be 430 MB
        assertThat(joint - Objects.requireNonNull(bytes.get("solo")))
                .as("%s", bytes)
                .isLessThan(2 * adapters);
    }
}
