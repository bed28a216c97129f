package dev.stride.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.LiveState;
import dev.stride.experiment.NoteEvent;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.SaveEvent;
import dev.stride.experiment.StepEvent;
import dev.stride.torch.Native;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LiveFeedTest {
    private static final Instant NOW = Instant.parse("2026-11-24T18:00:00Z");

    @TempDir
    Path run;

    private final AtomicLong nanos = new AtomicLong(1000);
    private final List<RunEvent> told = new ArrayList<>();

    private LiveFeed feed() {
        TrainCallback then = new TrainCallback() {
            @Override
            public void event(RunEvent event) {
                told.add(event);
            }
        };
        LiveFeed.Used used = new LiveFeed.Used(new Native.Memory(100, 200), new LiveState.Device("card", 30, 40));
        // it writes at once, and then not again within this test
        return new LiveFeed(run, then, 10, () -> used, InstantSource.fixed(NOW), nanos::get, Duration.ofDays(1), true);
    }

    private static StepEvent step(long step, double seconds, double tokensPerSecond) {
        return new StepEvent(step, 1, Map.of("all", 1e-3), 1, 10, seconds, tokensPerSecond, 0);
    }

    private LiveState last() {
        return Objects.requireNonNull(LiveState.read(run));
    }

    private void pass(double seconds) {
        nanos.addAndGet(Math.round(seconds * 1e9));
    }

    @Test
    void state_isThatOfTheLastUpdate() {
        LiveFeed feed = feed();
        feed.branch("recovery-1", 4, 8);
        pass(2);
        feed.event(step(5, 2, 100));
        pass(4);
        feed.event(step(6, 4, 200));
        feed.close();
        LiveState state = last();
        assertThat(state.ended()).isTrue();
        assertThat(state.started()).isEqualTo(NOW);
        assertThat(state.branch()).isEqualTo("recovery-1");
        assertThat(state.step()).isEqualTo(6);
        assertThat(state.plannedSteps()).isEqualTo(8);
        assertThat(state.phase()).isEqualTo(new LiveState.Phase("training", 6, 8));
        assertThat(state.tokensPerSecond()).isCloseTo(0.9 * 100 + 0.1 * 200, within(1e-9));
        assertThat(state.secondsLeft()).as("3 s an update").isCloseTo(6, within(1e-9));
        assertThat(state.resident()).isEqualTo(100);
        assertThat(state.peak()).isEqualTo(200);
        assertThat(state.device()).isEqualTo(new LiveState.Device("card", 30, 40));
        assertThat(told).hasSize(2);
    }

    @Test
    void phase_isWhatGoesOn_untilItIsDone() {
        LiveFeed feed = feed();
        feed.branch("main", 0, 10);
        feed.event(step(1, 1, 1));
        feed.progress("validation loss", 3, 40);
        feed.close();
        assertThat(last().phase()).isEqualTo(new LiveState.Phase("validation loss", 3, 40));

        for (RunEvent event :
                List.of(new EvalEvent(1, 2, 3, Map.of(), 4), new SaveEvent(1, "a"), new NoteEvent(1, "n"))) {
            LiveFeed other = feed();
            other.branch("main", 1, 10);
            other.progress("saving", 0, 1);
            other.event(event);
            other.close();
            assertThat(last().phase()).isEqualTo(new LiveState.Phase("training", 1, 10));
        }
    }

    @Test
    void state_beforeTheFirstUpdate_saysWhatIsKnown() throws Exception {
        LiveFeed feed = feed();
        while (LiveState.read(run) == null) {
            Thread.sleep(2);
        }
        LiveState first = last();
        assertThat(first.ended()).isFalse();
        assertThat(first.phase()).isEqualTo(new LiveState.Phase("starting", 0, 0));
        assertThat(first.tokensPerSecond()).isNaN();
        assertThat(first.secondsLeft()).isNaN();
        feed.close();
        assertThat(last().ended()).isTrue();
    }

    @Test
    void failure_isTakenOnce() throws IOException {
        Files.createDirectories(run.resolve("live.json/in the way"));
        LiveFeed feed = feed();
        feed.event(step(1, 1, 1));
        feed.close();
        assertThat(feed.takeFailure()).contains("live.json").contains("The run goes on.");
        assertThat(feed.takeFailure()).isNull();
        assertThat(told).hasSize(1);
    }

    @Test
    void failure_ofWhatIsAsked_isNoMoreThanAFailure() {
        LiveFeed feed = new LiveFeed(
                run,
                TrainCallback.NONE,
                10,
                () -> {
                    throw new UnsatisfiedLinkError("no card");
                },
                InstantSource.fixed(NOW),
                nanos::get,
                Duration.ofDays(1),
                true);
        feed.close();
        assertThat(feed.takeFailure()).contains("no card");
        assertThat(run.resolve("live.json")).doesNotExist();
    }

    @Test
    void pace_startsWithTheFirstUpdate_andCountsUpdatesOfThisProcess() {
        Pace pace = Pace.NONE;
        assertThat(pace.secondsLeft(100, 5)).isNaN();
        pace = pace.after(step(51, 3, 10), 103_000_000_000L);
        assertThat(pace.secondsLeft(100, 103_000_000_000L)).isCloseTo(3 * 49, within(1e-9));
        assertThat(pace.secondsLeft(0, 103_000_000_000L))
                .as("planned is not known")
                .isNaN();
        pace = pace.after(step(52, 1, 10), 110_000_000_000L);
        // 10 s for two updates and what was between them
        assertThat(pace.secondsLeft(100, 110_000_000_000L)).isCloseTo(5 * 48, within(1e-9));
        // a recovery makes updates again
        pace = pace.after(step(41, 1, 10), 111_000_000_000L);
        assertThat(pace.secondsLeft(100, 111_000_000_000L)).isCloseTo(11.0 / 3 * 59, within(1e-9));
        assertThat(pace.secondsLeft(40, 111_000_000_000L)).isZero();
    }

    @Test
    void memory_ofThisProcess_isBelowItsPeak() {
        Native.Memory memory = Native.memory();
        assertThat(memory.resident()).isGreaterThan(20L << 20).isLessThanOrEqualTo(memory.peak());
        LiveFeed.Used used = LiveFeed.process(-1).get();
        assertThat(used.memory().resident()).isPositive();
        assertThat(used.device()).isNull();
    }
}
