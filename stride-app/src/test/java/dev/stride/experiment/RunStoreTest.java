package dev.stride.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stride.config.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunStoreTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.ofEpochSecond(1_750_000_000));

    @TempDir
    Path temp;

    private static StepEvent step(long step) {
        return new StepEvent(step, 4.0 / step, Map.of("all", 1e-5 * step), 1.5, 10, 0.1, 100, step / 10.0);
    }

    private static SampleRecord sample(long step) {
        return new SampleRecord(step, "ask", "answer " + step, "right", Map.of("rouge-1", 50.0));
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void create_inAnAbsentFolder_makesIt() throws IOException {
        Path folder = temp.resolve("runs/a");
        try (RunStore store = RunStore.create(folder)) {
            assertThat(store.warnings()).isEmpty();
            assertThat(store.checkpoint(500)).isEqualTo(folder.resolve("checkpoints/step-000500"));
            assertThat(store.reportHtml()).isEqualTo(folder.resolve("report.html"));
            assertThat(store.reportPng()).isEqualTo(folder.resolve("report.png"));
        }
        assertThat(names(folder)).containsExactly(".lock", "checkpoints", "tensorboard");
    }

    @Test
    void create_whereARunIs_isRefusedAndNothingChanges() throws IOException {
        Path folder = temp.resolve("a");
        try (RunStore store = RunStore.create(folder)) {
            store.writeConfig("lr: 2e-5\n");
        }
        assertThatThrownBy(() -> RunStore.create(folder))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("already holds a run")
                .hasMessageContaining("--resume " + folder);
        assertThat(Files.readString(folder.resolve("config.yaml"))).isEqualTo("lr: 2e-5\n");
    }

    @Test
    void create_amongForeignFiles_isRefusedNamesSomeAndLeavesNothing() throws IOException {
        for (String name : List.of("thesis.tex", "a.txt", "b.txt", "c.txt")) {
            Files.writeString(temp.resolve(name), name);
        }
        assertThatThrownBy(() -> RunStore.create(temp))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("a.txt, b.txt, c.txt and 1 more");
        assertThat(names(temp)).containsExactly("a.txt", "b.txt", "c.txt", "thesis.tex");
    }

    @Test
    void create_whereAFileIs_isRefused() throws IOException {
        Path file = Files.writeString(temp.resolve("notes"), "mine");
        assertThatThrownBy(() -> RunStore.create(file))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("is a file");
        assertThat(Files.readString(file)).isEqualTo("mine");
    }

    @Test
    void create_afterAKillBeforeTheFirstFile_worksAgain() throws IOException {
        Files.writeString(temp.resolve(".lock"), "");
        RunStore.create(temp).close();
        assertThat(names(temp)).contains("checkpoints");
    }

    @Test
    void resume_withoutARun_isRefused() {
        assertThatThrownBy(() -> RunStore.resume(temp))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("no run to resume");
    }

    @Test
    void resume_whileAnotherWrites_isRefused_andWorksAfterwards() {
        Path folder = temp.resolve("a");
        try (RunStore store = RunStore.create(folder)) {
            store.writeConfig("a: 1\n");
            assertThatThrownBy(() -> RunStore.resume(folder))
                    .isInstanceOf(UserException.class)
                    .hasMessageContaining("another process is writing");
        }
        RunStore.resume(folder).close();
    }

    @Test
    void openSink_onResume_forgetsLaterStepsAndTornLines() throws IOException {
        Path folder = temp.resolve("a");
        try (RunStore store = RunStore.create(folder)) {
            store.writeConfig("a: 1\n");
            try (EventSink sink = store.openSink(0, CLOCK)) {
                sink.write(new EvalEvent(0, 5, 10, Map.of(), 1));
                for (int i = 1; i <= 7; i++) {
                    sink.write(step(i));
                    if (i % 5 == 0) {
                        sink.write(sample(i));
                        sink.write(new SaveEvent(i, "checkpoints/step-00000" + i));
                    }
                }
                sink.write(sample(7));
            }
        }
        String before = Files.readString(folder.resolve("events.jsonl"));
        Files.writeString(folder.resolve("events.jsonl"), "{\"type\":\"step\",\"st", StandardOpenOption.APPEND);
        try (RunStore store = RunStore.resume(folder);
                EventSink sink = store.openSink(5, CLOCK)) {
            sink.write(step(6));
        }
        String after = Files.readString(folder.resolve("events.jsonl"));
        List<String> old = before.lines().toList();
        assertThat(old).hasSize(9);
        // the rewritten line of step 6 equals the one cut off, so the file is the old one without step 7
        assertThat(after.lines().toList()).isEqualTo(old.subList(0, 8));
        RunRecord record = EventReader.read(folder);
        assertThat(record.events(StepEvent.class)).extracting(StepEvent::step).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
        assertThat(record.samples()).extracting(SampleRecord::step).containsExactly(5L);
        assertThat(record.events(SaveEvent.class)).hasSize(1);
        assertThat(names(folder.resolve("tensorboard"))).hasSize(2);
    }

    @Test
    void openSink_onResume_keepsUnknownKeysByteForByte() throws IOException {
        Path folder = temp.resolve("a");
        String line = "{\"type\":\"note\", \"step\":2,\"text\":\"x\",\"colour\":\"蓝\"}\n";
        try (RunStore store = RunStore.create(folder)) {
            Files.writeString(store.events(), line + "{\"type\":\"note\",\"step\":3,\"text\":\"y\"}\n");
            store.openSink(2, CLOCK).close();
            assertThat(Files.readString(store.events())).isEqualTo(line);
        }
    }

    @Test
    void events_cutAtEveryByte_areReadUpToTheTear() throws IOException {
        Path folder = temp.resolve("a");
        try (RunStore store = RunStore.create(folder);
                EventSink sink = store.openSink(0, CLOCK)) {
            sink.write(step(1));
            sink.write(new NoteEvent(1, "好"));
            sink.write(step(2));
        }
        Path file = folder.resolve("events.jsonl");
        byte[] whole = Files.readAllBytes(file);
        int cuts = 0;
        for (int length = 0; length <= whole.length; length++) {
            byte[] torn = java.util.Arrays.copyOf(whole, length);
            Files.write(file, torn);
            int lineFeeds = 0;
            for (byte b : torn) {
                lineFeeds += b == '\n' ? 1 : 0;
            }
            boolean lastLineIsWhole = length < whole.length && whole[length] == '\n';
            assertThat(EventReader.read(folder).events()).hasSize(lineFeeds + (lastLineIsWhole ? 1 : 0));
            cuts++;
        }
        assertThat(cuts).isEqualTo(whole.length + 1);
    }

    @Test
    void events_withBadLinesInTheMiddle_areNamedAllAtOnce() throws IOException {
        Path folder = temp.resolve("a");
        try (RunStore store = RunStore.create(folder)) {
            Files.writeString(
                    store.events(),
                    "{oops\n{\"type\":\"note\",\"step\":1}\n{\"type\":\"skip\",\"step\":1,\"reason\":\"\"}\n");
        }
        assertThatThrownBy(() -> EventReader.read(folder)).isInstanceOfSatisfying(UserException.class, e -> {
            assertThat(e.problems()).hasSize(2);
            assertThat(e.problems().get(0).where()).endsWith("events.jsonl:1");
            assertThat(e.problems().get(1).where()).endsWith("events.jsonl:2");
            assertThat(e.problems().get(1).given()).isEqualTo("'text' is missing");
        });
    }

    @Test
    void read_givesEverythingWritten() {
        Path folder = temp.resolve("my run");
        RunResult result = new RunResult(RunResult.Status.FINISHED, 1, null, Map.of("loss", 4.0), "done");
        try (RunStore store = RunStore.create(folder);
                EventSink sink = store.openSink(0, CLOCK)) {
            store.writeConfig("lr: 2e-5\n");
            store.writePlan(new ObjectMapper().createObjectNode().put("steps", 1));
            sink.write(step(1));
            sink.write(sample(1));
            sink.flush();
            assertThat(EventReader.read(folder).result()).isNull();
            store.writeResult(result);
        }
        RunRecord record = EventReader.read(folder);
        assertThat(record.name()).isEqualTo("my run");
        assertThat(record.config()).isEqualTo("lr: 2e-5\n");
        assertThat(record.plan().path("steps").asInt()).isEqualTo(1);
        assertThat(record.events()).containsExactly(step(1));
        assertThat(record.samples()).containsExactly(sample(1));
        assertThat(record.result()).isEqualTo(result);
    }

    @Test
    void read_ofAFolderWithoutARun_isRefused() {
        assertThatThrownBy(() -> EventReader.read(temp))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("holds no run");
    }

    @Test
    void read_ofADamagedResult_namesTheFile() throws IOException {
        Files.writeString(temp.resolve("plan.json"), "{}");
        Files.writeString(temp.resolve("result.json"), "{\"status\":\"finished\"");
        assertThatThrownBy(() -> EventReader.read(temp))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("result.json");
        Files.writeString(temp.resolve("result.json"), "{\"status\":\"finished\"}");
        assertThatThrownBy(() -> EventReader.read(temp))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("'steps' is missing");
    }

    @Test
    void atomicFile_replacesAndLeavesNoOtherName() throws IOException {
        Path file = temp.resolve("plan.json");
        AtomicFile.write(file, "old");
        AtomicFile.write(file, "new");
        assertThat(Files.readString(file)).isEqualTo("new");
        assertThat(names(temp)).containsExactly("plan.json");
    }

    @Test
    void atomicFile_thatCannotTakeItsName_namesTheFileAndKeepsTheOld() throws IOException {
        Path taken = Files.createDirectories(temp.resolve("plan.json/inside"));
        assertThatThrownBy(() -> AtomicFile.write(temp.resolve("plan.json"), "new"))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("plan.json");
        assertThat(taken).exists();
        assertThat(names(temp)).containsExactly("plan.json");
    }

    @Test
    void tee_whenOneSinkFails_theOthersStillGetEverything() {
        List<String> log = new java.util.ArrayList<>();
        EventSink failing = new Logging(log, "bad", true);
        EventSink good = new Logging(log, "good", false);
        TeeSink tee = new TeeSink(List.of(failing, good));
        assertThatThrownBy(() -> tee.write(step(1))).hasMessage("bad");
        assertThatThrownBy(tee::close).hasMessage("bad");
        assertThat(log).containsExactly("good event", "good close");
    }

    /** A sink that notes what it is given. */
    private record Logging(List<String> log, String name, boolean fails) implements EventSink {
        private void note(String what) {
            if (fails) {
                throw new IllegalStateException(name);
            }
            log.add(name + " " + what);
        }

        @Override
        public void write(RunEvent event) {
            note("event");
        }

        @Override
        public void write(SampleRecord sample) {
            note("sample");
        }

        @Override
        public void flush() {
            note("flush");
        }

        @Override
        public void close() {
            note("close");
        }
    }
}
