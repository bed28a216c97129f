package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stride.Child;
import dev.stride.SharedFolder;
import dev.stride.Slow;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Half an hour of two calls at once, spoken in real time over the wire, leaves nothing behind and mixes nothing up. */
@Slow
@EnabledOnOs(value = OS.LINUX, disabledReason = "resident memory and open files are read from /proc")
class CallSoakTest {
    private static final int MINUTES = Integer.getInteger("stride.call.minutes", 30);

    @Test
    void twoCalls_halfAnHour_leaveNothingBehindAndMixNothingUp() throws Exception {
        LocalSpeech.require();
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
        SoakFigures figures = SoakFigures.read(ended.out());
        for (String who : List.of("patient", "hasty")) {
            long asked = figures.of(who + "-asked");
            assertThat(asked).as("%s", figures).isGreaterThan(3L * MINUTES);
            assertThat(figures.of(who + "-mixed")).as("%s", figures).isZero();
            assertThat(figures.of(who + "-failed")).as(ended.err()).isZero();
            assertThat(figures.of(who + "-understood")).as("%s", figures).isGreaterThan(asked * 8 / 10);
            assertThat(figures.of(who + "-latency-count")).as("%s", figures).isGreaterThan(asked * 8 / 10);
        }
        assertThat(figures.of("hasty-interrupted-count")).as("%s", figures).isGreaterThan(2L * MINUTES);
        assertThat(figures.of("processes")).isZero();
        figures.assertNothingIsLeft();
    }
}
