package dev.stride.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunExportTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.ofEpochSecond(1_750_000_000));

    @TempDir
    Path temp;

    private static StepEvent step(long step, Map<String, Double> lr, double moved) {
        return new StepEvent(step, 1.0 / 3 / step, lr, 0.1 + 0.2, 10 * step, 0.25, 40, step / 4.0, moved);
    }

    /** A run of two groups with an evaluation before the first update, one that was asked for, and a recovery. */
    private RunRecord run(String name, String note) {
        Path folder = temp.resolve(name);
        Map<String, Double> lr = new LinkedHashMap<>();
        lr.put("decay", 1e-5);
        lr.put("no_decay", 3e-7);
        try (RunStore store = RunStore.create(folder);
                EventSink sink = store.openSink(0, CLOCK)) {
            sink.write(new EvalEvent(0, 5, 7, Map.of("bleu-4", 0.5), 1));
            sink.write(step(1, lr, Double.NaN));
            sink.write(step(2, lr, 0.125));
            sink.write(new EvalEvent(2, Double.NaN, 7, Map.of(), 1, true));
            sink.write(new NoteEvent(2, note));
            sink.write(new SaveEvent(2, "checkpoints/step-000002"));
            sink.write(new SkipEvent(2, "loss is NaN"));
            sink.write(new BranchEvent(1, "recovery-1", "main", 0.5, "again"));
            sink.write(step(2, Map.of("decay", 5e-6), Double.POSITIVE_INFINITY));
        }
        return EventReader.read(folder);
    }

    private static List<Map<String, String>> table(Path file) throws IOException {
        List<Map<String, String>> rows = new ArrayList<>();
        try (CsvReader<NamedCsvRecord> reader =
                CsvReader.builder().detectBomHeader(true).ofNamedCsvRecord(file)) {
            reader.forEach(record -> rows.add(new LinkedHashMap<>(record.getFieldsAsMap())));
        }
        return rows;
    }

    @Test
    void csv_hasARowForEachUpdate_withAllDigits() throws IOException {
        Path file = temp.resolve("out.csv");
        RunExport.csv(file, Map.of("a", run("a", "hot, \"very\"")));
        assertThat(Files.readAllLines(file).get(0))
                .isEqualTo("run,branch,step,epoch,loss,grad_norm,tokens,seconds,tokens_per_second,moved,lr/decay,"
                        + "lr/no_decay,eval/loss,eval/bleu-4,eval/tokens,eval/seconds,eval/asked,events");
        List<Map<String, String>> rows = table(file);
        assertThat(rows)
                .extracting(row -> row.get("branch") + " " + row.get("step"))
                .containsExactly("main 0", "main 1", "main 2", "recovery-1 1", "recovery-1 2");
        Map<String, String> before = rows.get(0);
        assertThat(before)
                .containsEntry("loss", "")
                .containsEntry("lr/decay", "")
                .containsEntry("eval/loss", "5.0");
        assertThat(before).containsEntry("eval/bleu-4", "0.5").containsEntry("eval/asked", "false");
        Map<String, String> second = rows.get(2);
        assertThat(Double.parseDouble(second.get("loss"))).isEqualTo(1.0 / 3 / 2);
        assertThat(Double.parseDouble(second.get("grad_norm"))).isEqualTo(0.1 + 0.2);
        assertThat(Double.parseDouble(second.get("lr/no_decay"))).isEqualTo(3e-7);
        assertThat(second)
                .containsEntry("tokens", "20")
                .containsEntry("epoch", "0.5")
                .containsEntry("moved", "0.125");
        assertThat(second).containsEntry("eval/loss", "NaN").containsEntry("eval/bleu-4", "");
        assertThat(second).containsEntry("eval/asked", "true");
        assertThat(second).containsEntry("events", "note: hot, \"very\" | update not made: loss is NaN");
        assertThat(rows.get(1))
                .containsEntry("moved", "")
                .containsEntry("eval/loss", "")
                .containsEntry("events", "");
        assertThat(rows.get(3)).containsEntry("events", "branch: again").containsEntry("loss", "");
        assertThat(rows.get(4)).containsEntry("lr/decay", "5.0E-6").containsEntry("lr/no_decay", "");
        assertThat(rows.get(4)).containsEntry("moved", "Infinity");
    }

    @Test
    void csv_namesThatAreFormulas_becomeTexts() throws IOException {
        Path file = temp.resolve("out.csv");
        Map<String, RunRecord> runs = new LinkedHashMap<>();
        List<String> hostile = List.of("=cmd()", "+1", "-1", "@SUM(A1)", "\tx", "plain-1");
        RunRecord run = run("a", "n");
        hostile.forEach(name -> runs.put(name, run));
        RunExport.csv(file, runs);
        assertThat(table(file).stream().map(row -> row.get("run")).distinct())
                .containsExactly("'=cmd()", "'+1", "'-1", "'@SUM(A1)", "'\tx", "plain-1");
    }

    @Test
    void csv_beginsWithAByteOrderMark_whereExcelNeedsOne() throws IOException {
        Path file = temp.resolve("out.csv");
        RunExport.csv(file, Map.of("a", run("a", "plain")));
        assertThat(Files.readAllBytes(file)).startsWith('r', 'u', 'n');
        RunExport.csv(file, Map.of("a", run("b", "变热")));
        assertThat(Files.readAllBytes(file)).startsWith(0xEF, 0xBB, 0xBF, 'r', 'u', 'n');
        assertThat(table(file)).hasSize(5);
        assertThat(table(file).get(2).get("events")).startsWith("note: 变热");
        RunExport.csv(file, Map.of("试", run("c", "plain")));
        assertThat(Files.readAllBytes(file)).startsWith(0xEF, 0xBB, 0xBF);
        assertThat(table(file).get(0)).containsEntry("run", "试");
    }

    @Test
    void jsonl_isEveryEventWithItsRunAndBranch() throws IOException {
        Path file = temp.resolve("out.jsonl");
        Map<String, RunRecord> runs = new LinkedHashMap<>();
        runs.put("a", run("a", "=1"));
        runs.put("b", run("b", "变热"));
        RunExport.jsonl(file, runs);
        List<String> lines = Files.readAllLines(file);
        assertThat(lines).hasSize(18);
        ObjectMapper json = new ObjectMapper();
        List<RunEvent> events = new ArrayList<>();
        for (String line : lines.subList(9, 18)) {
            JsonNode node = json.readTree(line);
            assertThat(node.get("run").textValue()).isEqualTo("b");
            assertThat(node.get("branch").textValue()).isEqualTo(events.size() < 7 ? "main" : "recovery-1");
            events.add(RunEvent.fromJson(node));
        }
        assertThat(events).isEqualTo(runs.get("b").events());
    }

    @Test
    void whatCannotBeWritten_isNamed_andNothingIsLeft() throws IOException {
        RunRecord run = run("a", "n");
        Path folder = temp.resolve("taken.csv");
        Files.createDirectories(folder.resolve("inside"));
        assertThatThrownBy(() -> RunExport.csv(folder, Map.of("a", run)))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("taken.csv");
        try (Stream<Path> files = Files.list(temp)) {
            assertThat(files.map(file -> file.getFileName().toString())).containsExactlyInAnyOrder("a", "taken.csv");
        }
    }
}
