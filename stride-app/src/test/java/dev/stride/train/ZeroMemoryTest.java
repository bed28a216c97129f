package dev.stride.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.Child;
import dev.stride.Slow;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Full tuning of 30 million parameters by processes that share the moments; prints what each held. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "the peak of resident memory is read from /proc")
@Timeout(600)
@Slow
class ZeroMemoryTest {
    private static final long MIB = 1L << 20;

    @TempDir
    Path folder;

    @Test
    void moments_ofTwoAndThreeRanks_areShared_andTheWeightsAreTheSame() throws Exception {
        for (int world : new int[] {2, 3}) {
            List<Map<String, Long>> whole = run(world, "off", "fixed");
            List<Map<String, Long>> zero = run(world, "on", "fixed");
            long trained = get(whole.get(0), "trained");
            assertThat(trained).as("float32 of 30 million").isBetween(115_000_000L, 130_000_000L);
            long together = 0;
            Set<Long> checksums = new HashSet<>();
            for (int rank = 0; rank < world; rank++) {
                long held = get(zero.get(rank), "moments");
                assertThat(get(whole.get(rank), "moments")).isEqualTo(2 * trained);
                assertThat((double) held * world / (2 * trained)).isBetween(0.95, 1.05);
                together += held;
                checksums.add(get(whole.get(rank), "checksum"));
                checksums.add(get(zero.get(rank), "checksum"));
                long saved = get(whole.get(rank), "peak") - get(zero.get(rank), "peak");
                assertThat(saved).as("%s, %s", whole, zero).isGreaterThan((2 * trained - held) / 2);
            }
            assertThat(together).as("every moment is held once").isEqualTo(2 * trained);
            assertThat(checksums).as("all ranks, with and without").hasSize(1);
        }
    }

    /** The scale of float16 changes what the gradients are multiplied by on their way in, on every rank alike. */
    @Test
    void aLossScale_changesNoBitBetweenThem() throws Exception {
        Set<Long> checksums = new HashSet<>();
        run(2, "off", "scaled").forEach(rank -> checksums.add(get(rank, "checksum")));
        run(2, "on", "scaled").forEach(rank -> checksums.add(get(rank, "checksum")));
        assertThat(checksums).hasSize(1);
    }

    private List<Map<String, Long>> run(int world, String zero, String scale) throws Exception {
        Path logs = Files.createDirectories(folder.resolve(world + zero + scale));
        List<Child.Ended> ended = Fleet.start(
                        logs,
                        world,
                        List.of("-Xms96m", "-Xmx96m", "-XX:+AlwaysPreTouch"),
                        ZeroMemoryProbe.class,
                        List.of(zero, scale))
                .await();
        List<Map<String, Long>> figures = new ArrayList<>();
        for (int rank = 0; rank < world; rank++) {
            assertThat(ended.get(rank).status()).as(ended.get(rank).err()).isZero();
            Map<String, Long> one = ended.get(rank)
                    .out()
                    .lines()
                    .filter(line -> !line.startsWith("[Gloo]"))
                    .collect(Collectors.toMap(line -> line.split(" ")[0], line -> Long.parseLong(line.split(" ")[1])));
            assertThat(one).containsOnlyKeys("moments", "trained", "peak", "millis", "checksum");
            System.out.printf(
                    "rank %d of %d, zero %s: moments %d MiB, peak above an empty process %d MiB, update %d ms%n",
                    rank, world, zero, get(one, "moments") / MIB, get(one, "peak") / MIB, get(one, "millis"));
            figures.add(one);
        }
        return figures;
    }

    private static long get(Map<String, Long> figures, String name) {
        return Objects.requireNonNull(figures.get(name), name);
    }
}
