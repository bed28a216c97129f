package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.Child;
import dev.stride.SharedFolder;
import dev.stride.Slow;
import dev.stride.voice.VoiceEngines;
import dev.stride.voice.VoiceSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Half an hour of two calls at once, spoken in real time over the wire, leaves nothing behind and mixes nothing up. */
@Slow
@EnabledOnOs(value = OS.LINUX, disabledReason = "resident memory and open files are read from /proc")
class CallSoakTest {
    private static final int MINUTES = Integer.getInteger("stride.call.minutes", 30);
    private static final long MIB = 1 << 20;

    @Test
    void twoCalls_halfAnHour_leaveNothingBehindAndMixNothingUp() throws Exception {
        try (VoiceEngines engines =
                new VoiceEngines(VoiceSettings.of(Map.of("speaker", "festival")), System.getenv())) {
            Assumptions.assumeTrue(
                    !engines.speakers().isEmpty() && engines.canHear(),
                    "SKIPPED: festival and pocketsphinx are not on this machine");
        }
        Path log = Path.of("target/call-soak");
        Process child = Child.start(
                log,
                List.of("-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch", "-Dstride.root=" + SharedFolder.projectRoot()),
                CallSoakProbe.class,
                List.of(Integer.toString(MINUTES)));
        assertThat(child.waitFor(MINUTES + CallSoakProbe.WARM_UP + 5L, TimeUnit.MINUTES))
                .isTrue();
        Child.Ended ended = Child.await(child, log);
        assertThat(ended.status()).as(ended.err()).isZero();
        Map<String, Long> numbers = ended.out()
                .lines()
                .collect(Collectors.toMap(line -> line.split(" ")[0], line -> Long.parseLong(line.split(" ")[1])));
        for (String who : List.of("patient", "hasty")) {
            long asked = number(numbers, who + "-asked");
            assertThat(asked).as("%s", numbers).isGreaterThan(3L * MINUTES);
            assertThat(number(numbers, who + "-mixed")).as("%s", numbers).isZero();
            assertThat(number(numbers, who + "-failed")).as(ended.err()).isZero();
            assertThat(number(numbers, who + "-understood")).as("%s", numbers).isGreaterThan(asked * 8 / 10);
            assertThat(number(numbers, who + "-latency-count"))
                    .as("%s", numbers)
                    .isGreaterThan(asked * 8 / 10);
        }
        assertThat(number(numbers, "hasty-interrupted-count")).as("%s", numbers).isGreaterThan(2L * MINUTES);
        assertThat(number(numbers, "processes")).isZero();
        assertThat(growth(numbers, "heap")).as("%s", numbers).isLessThan(12 * MIB);
        assertThat(growth(numbers, "resident")).as("%s", numbers).isLessThan(20 * MIB);
        assertThat(growth(numbers, "threads")).as("%s", numbers).isLessThan(20);
        assertThat(growth(numbers, "files")).as("%s", numbers).isLessThan(20);
    }

    private static long growth(Map<String, Long> numbers, String what) {
        return number(numbers, "after-" + what) - number(numbers, "before-" + what);
    }

    private static long number(Map<String, Long> numbers, String what) {
        return Objects.requireNonNull(numbers.get(what), what);
    }
}
