package dev.stride.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import dev.stride.experiment.BranchEvent;
import dev.stride.experiment.NoteEvent;
import dev.stride.experiment.SaveEvent;
import dev.stride.experiment.SkipEvent;
import dev.stride.experiment.StepEvent;
import dev.stride.experiment.VerdictEvent;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunExportTest {
    @TempDir
    Path temp;

    private RunExport export() throws IOException {
        return RunExport.of(temp.resolve("events.jsonl"));
    }

    private List<NamedCsvRecord> csv() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        export().csv(out);
        try (CsvReader<NamedCsvRecord> reader =
                CsvReader.builder().ofNamedCsvRecord(out.toString(StandardCharsets.UTF_8))) {
            return reader.stream().toList();
        }
    }

    @Test
    void csv_everyKindOfEvent_readsBack() throws IOException {
        RunFolder run = RunFolder.of(temp, 2);
        run.eval(2, 1.75);
        run.event(new SaveEvent(2, "checkpoints/step-000002"));
        run.event(new VerdictEvent(2, "plateau", "recover", "no gain, \"really\""));
        run.event(new BranchEvent(1, "recovery-1", "main", 0.5, "again\nfrom 1"));
        run.event(new SkipEvent(2, "the loss is NaN"));
        run.event(new NoteEvent(2, "王"));
        run.event(new StepEvent(2, Double.NaN, Map.of("no_decay", 3e-4), Double.POSITIVE_INFINITY, 7, 0.125, 56, 0.2));
        List<NamedCsvRecord> rows = csv();
        assertThat(rows).hasSize(9);
        assertThat(rows.get(0).getHeader())
                .containsExactly(
                        "type",
                        "branch",
                        "step",
                        "epoch",
                        "loss",
                        "grad_norm",
                        "tokens",
                        "seconds",
                        "tokens_per_second",
                        "moved",
                        "lr.decay",
                        "lr.no_decay",
                        "eval.loss",
                        "eval.bleu-4",
                        "who",
                        "action",
                        "text");
        assertThat(Double.parseDouble(rows.get(1).getField("loss")))
                .isEqualTo(RunFolder.step(2).loss());
        assertThat(Double.parseDouble(rows.get(1).getField("lr.decay"))).isEqualTo(1e-3 / 2);
        assertThat(rows.get(1).getField("lr.no_decay")).isEmpty();
        assertThat(rows.get(2).getField("eval.loss")).isEqualTo("1.75");
        assertThat(rows.get(2).getField("eval.bleu-4")).isEqualTo("0.25");
        assertThat(rows.get(2).getField("tokens")).isEqualTo("500");
        assertThat(rows.get(2).getField("loss")).isEmpty();
        assertThat(rows.get(3).getField("text")).isEqualTo("checkpoints/step-000002");
        assertThat(rows.get(4).getField("who")).isEqualTo("plateau");
        assertThat(rows.get(4).getField("action")).isEqualTo("recover");
        assertThat(rows.get(4).getField("text")).isEqualTo("no gain, \"really\"");
        assertThat(rows.get(5).getField("branch")).isEqualTo("recovery-1");
        assertThat(rows.get(5).getField("who")).isEqualTo("main");
        assertThat(rows.get(5).getField("text")).isEqualTo("again\nfrom 1");
        assertThat(rows.get(6).getField("type")).isEqualTo("skip");
        assertThat(rows.get(7).getField("text")).isEqualTo("王");
        NamedCsvRecord last = rows.get(8);
        assertThat(last.getField("branch")).isEqualTo("recovery-1");
        assertThat(last.getField("loss")).isEqualTo("NaN");
        assertThat(last.getField("grad_norm")).isEqualTo("Infinity");
        assertThat(last.getField("lr.no_decay")).isEqualTo("3.0E-4");
    }

    @Test
    void csv_wordsThatASpreadsheetTakesForFormulas_areQuoted() throws IOException {
        RunFolder run = RunFolder.of(temp, 0);
        List<String> hostile = List.of("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1");
        hostile.forEach(text -> run.event(new VerdictEvent(1, text, text, text)));
        run.event(new NoteEvent(1, "a=1, harmless"));
        List<NamedCsvRecord> rows = csv();
        assertThat(rows).hasSize(8);
        int seen = 0;
        for (int i = 0; i < hostile.size(); i++) {
            for (String column : List.of("who", "action", "text")) {
                assertThat(rows.get(i).getField(column)).isEqualTo("'" + hostile.get(i));
                seen++;
            }
        }
        assertThat(seen).isEqualTo(21);
        assertThat(rows.get(7).getField("text")).isEqualTo("a=1, harmless");
    }

    @Test
    void csv_damagedLine_isARecordThatNamesIt_andTheRestIsThere() throws IOException {
        RunFolder run = RunFolder.of(temp, 1);
        run.append("{\"type\":\"step\",\n[]\n");
        run.steps(2, 2);
        run.append("{\"type\":\"step\",\"step\":3");
        List<NamedCsvRecord> rows = csv();
        assertThat(rows).hasSize(4);
        assertThat(rows.get(1).getField("type")).isEqualTo("damaged");
        assertThat(rows.get(1).getField("text")).startsWith("line 2: ");
        assertThat(rows.get(2).getField("text")).startsWith("line 3: ");
        assertThat(rows.get(3).getField("step")).isEqualTo("2");
    }

    @Test
    void jsonLines_areTheFileWithoutItsHalfWrittenEnd() throws IOException {
        RunFolder run = RunFolder.of(temp, 2_000);
        String whole = Files.readString(temp.resolve("events.jsonl"));
        assertThat(whole.length()).as("more than one piece").isGreaterThan(1 << 17);
        run.append("{\"type\":\"st");
        RunExport export = export();
        // written after the export began
        run.append("ep\"}\n");
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        export.jsonLines(out);
        assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo(whole);
        assertThat(new ObjectMapper()
                        .readTree(whole.lines().skip(1_999).findFirst().orElseThrow())
                        .path("step")
                        .asInt())
                .isEqualTo(2_000);
    }

    @Test
    void absentFile_isNoRows() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        export().csv(out);
        assertThat(out.toString(StandardCharsets.UTF_8).lines()).hasSize(1);
        out.reset();
        export().jsonLines(out);
        assertThat(out.size()).isZero();
    }

    @Test
    void lineWithoutEnd_isRefused_beforeItFillsTheMemory() throws IOException {
        Files.writeString(temp.resolve("events.jsonl"), "x".repeat(10_000_000));
        assertThatThrownBy(() -> export().jsonLines(OutputStream.nullOutputStream()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no event of a run");
    }
}
