package dev.stride.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunBranchTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.ofEpochSecond(1_700_000_000));

    @TempDir
    Path temp;

    private static StepEvent step(long step) {
        return new StepEvent(step, 2, Map.of("decay", 1e-5), 1, 10, 0.1, 100, 0.5);
    }

    private static BranchEvent branch(long step, String name) {
        return new BranchEvent(step, name, RunBranch.MAIN, 0.5, "no gain for 2 evaluations");
    }

    private static SampleRecord sample(long step) {
        return new SampleRecord(step, "p", "a", "b", Map.of());
    }

    /** Five updates, back to the third, two more; back to the third again, one more. */
    private void write(EventSink sink) {
        for (int i = 1; i <= 5; i++) {
            sink.write(step(i));
        }
        sink.write(sample(4));
        sink.write(branch(3, "recovery-1"));
        sink.write(step(4));
        sink.write(sample(4));
        sink.write(step(5));
        sink.write(branch(3, "recovery-2"));
        sink.write(step(4));
    }

    private List<RunEvent> events(Path folder) {
        return EventReader.read(folder).events();
    }

    @Test
    void of_events_splitsThemAtEachBranch() {
        List<RunEvent> events = new ArrayList<>(List.of(step(1), step(2), branch(1, "recovery-1"), step(2)));
        List<RunBranch> branches = RunBranch.of(events);
        assertThat(branches).extracting(RunBranch::name).containsExactly("main", "recovery-1");
        assertThat(branches).extracting(RunBranch::fromStep).containsExactly(0L, 1L);
        assertThat(branches).extracting(RunBranch::factor).containsExactly(1.0, 0.5);
        assertThat(branches.get(0).events()).containsExactly(step(1), step(2));
        assertThat(branches.get(1).events()).containsExactly(branch(1, "recovery-1"), step(2));
        assertThat(RunBranch.of(List.of())).hasSize(1);
    }

    @Test
    void name_thatIsNoFolder_isRefused() {
        for (String bad : List.of("main", "", "../x", "A", "a b", "-a")) {
            assertThatThrownBy(() -> branch(1, bad)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void everyRecordOfABranch_namesIt() throws IOException {
        Path folder = temp.resolve("a");
        try (RunStore store = RunStore.create(folder);
                EventSink sink = store.openSink(0, CLOCK)) {
            write(sink);
        }
        List<String> lines = Files.readAllLines(folder.resolve("events.jsonl"));
        assertThat(lines).hasSize(10);
        assertThat(lines.subList(0, 5)).noneMatch(line -> line.contains("branch"));
        assertThat(lines.subList(5, 8)).allMatch(line -> line.contains("\"branch\":\"recovery-1\""));
        assertThat(lines.subList(8, 10)).allMatch(line -> line.contains("\"branch\":\"recovery-2\""));
        assertThat(Files.readAllLines(folder.resolve("samples.jsonl")).get(1)).contains("\"branch\":\"recovery-1\"");
        assertThat(RunBranch.of(events(folder))).hasSize(3);
        assertThat(folder.resolve("tensorboard/recovery-1")).isDirectoryContaining("glob:**events.out.tfevents*");
        assertThat(folder.resolve("tensorboard/recovery-2")).isDirectoryContaining("glob:**events.out.tfevents*");
    }

    @Test
    void openSink_inABranch_forgetsItsLaterStepsAndLaterBranches() {
        Path folder = temp.resolve("a");
        try (RunStore store = RunStore.create(folder)) {
            try (EventSink sink = store.openSink(0, CLOCK)) {
                write(sink);
            }
            try (EventSink sink = store.openSink("recovery-1", 4, CLOCK)) {
                sink.write(step(5));
            }
        }
        List<RunBranch> branches = RunBranch.of(events(folder));
        assertThat(branches).extracting(RunBranch::name).containsExactly("main", "recovery-1");
        assertThat(branches.get(0).events()).hasSize(5);
        assertThat(branches.get(1).events()).extracting(RunEvent::step).containsExactly(3L, 4L, 5L);
        assertThat(EventReader.read(folder).samples()).hasSize(2);
    }

    @Test
    void openSink_inMain_forgetsAllBranches() {
        Path folder = temp.resolve("a");
        try (RunStore store = RunStore.create(folder)) {
            try (EventSink sink = store.openSink(0, CLOCK)) {
                write(sink);
            }
            store.openSink(4, CLOCK).close();
        }
        assertThat(events(folder)).extracting(RunEvent::step).containsExactly(1L, 2L, 3L, 4L);
        assertThat(EventReader.read(folder).samples()).hasSize(1);
    }
}
