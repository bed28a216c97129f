package dev.stride.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamedExportTest {
    @TempDir
    Path temp;

    private Path folder;

    @BeforeEach
    void folder() {
        folder = temp.resolve("run");
    }

    private static StepEvent step(long step) {
        return new StepEvent(step, 1.0 / step, Map.of("decay", 1e-3 / step), 0.3, 10, 0.25, 40, step / 7.0);
    }

    private void write(List<RunEvent> events) {
        try (RunStore store = RunStore.create(folder);
                EventSink sink = store.openSink(0, InstantSource.system())) {
            events.forEach(sink::write);
        }
    }

    private void append(String text) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("events.jsonl"), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private interface Form {
        void write(StreamedExport export, OutputStream out) throws IOException;
    }

    private String text(String name, Form form) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        form.write(StreamedExport.of(name, folder), out);
        return out.toString(StandardCharsets.UTF_8);
    }

    private List<NamedCsvRecord> rows() throws IOException {
        try (CsvReader<NamedCsvRecord> reader =
                CsvReader.builder().ofNamedCsvRecord(text("run", StreamedExport::csv))) {
            return reader.stream().toList();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain words", "再来一次", "=1+1", "@SUM(A1)"})
    void bothForms_areByteForByteThoseOfTheWholeRun(String words) throws IOException {
        write(List.of(
                new EvalEvent(0, 5, 7, Map.of("bleu-4", 0.5), 1),
                step(1),
                step(2),
                new EvalEvent(2, Double.NaN, 7, Map.of("rouge-l", 1.5), 1, true),
                new SaveEvent(2, "checkpoints/step-000002"),
                new NoteEvent(2, words),
                new VerdictEvent(2, words, words, words),
                new SkipEvent(3, "the loss is NaN"),
                new BranchEvent(1, "recovery-1", "main", 0.5, words),
                new StepEvent(2, Double.NaN, Map.of("no_decay", 3e-4), Double.POSITIVE_INFINITY, 7, 0.125, 56, 0.2)));
        RunRecord whole = EventReader.read(folder);
        Path file = temp.resolve("whole");
        RunExport.csv(file, Map.of(words, whole));
        String csv = text(words, StreamedExport::csv);
        assertThat(csv).isEqualTo(Files.readString(file));
        assertThat(csv.lines().count()).isGreaterThan(6);
        RunExport.jsonl(file, Map.of(words, whole));
        String lines = text(words, StreamedExport::jsonl);
        assertThat(lines).isEqualTo(Files.readString(file));
        assertThat(lines.lines()).hasSize(10);
    }

    @Test
    void damagedLine_isNamed_andTheRestIsThere() throws IOException {
        write(List.of(step(1)));
        append("{\"type\":\"step\",\n[]\n" + step(2).toJson() + "\n{\"type\":\"st");
        List<NamedCsvRecord> rows = rows();
        assertThat(rows).hasSize(4);
        assertThat(rows.get(1).getField("events")).isEqualTo("damaged: line 2 is not JSON");
        assertThat(rows.get(2).getField("events")).startsWith("damaged: line 3: ");
        assertThat(rows.get(3).getField("step")).isEqualTo("2");
        assertThat(text("run", StreamedExport::jsonl).lines().filter(line -> line.contains("\"damaged\"")))
                .hasSize(2);
    }

    @Test
    void whatIsWrittenMeanwhile_isNotThere_andPiecesAreJoined() throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 1; i <= 2_000; i++) {
            text.append(step(i).toJson()).append('\n');
        }
        assertThat(text.length()).as("more than one piece").isGreaterThan(1 << 17);
        append(text.toString());
        StreamedExport export = StreamedExport.of("run", folder);
        append(step(2_001).toJson() + "\n");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        export.jsonl(out);
        List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
        assertThat(lines).hasSize(2_000);
        assertThat(lines.get(1_999)).contains("\"step\":2000,");
    }

    @Test
    void absentFile_isATableWithoutRows() throws IOException {
        assertThat(rows()).isEmpty();
        assertThat(text("run", StreamedExport::csv))
                .startsWith("run,branch,step,")
                .endsWith("\r\n");
        assertThat(text("run", StreamedExport::jsonl)).isEmpty();
    }

    @Test
    void lineWithoutEnd_isRefused_beforeItFillsTheMemory() throws IOException {
        append("x".repeat(10_000_000));
        assertThatThrownBy(() -> text("run", StreamedExport::jsonl))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no event of a run");
    }
}
