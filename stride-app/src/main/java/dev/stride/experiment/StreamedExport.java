package dev.stride.experiment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What {@link RunExport} writes of one run, written while its {@code events.jsonl} is read, so that a file of any size goes
 * through little memory. What the file held at the beginning is exported; a line that is half-written then is left out, and
 * one that is no event is named.
 */
public final class StreamedExport {
    private static final int BUFFER = 1 << 16;
    private static final int LONGEST_LINE = 1 << 23;

    private final String run;
    private final Path file;
    private final long size;

    private StreamedExport(String run, Path file, long size) {
        this.run = run;
        this.file = file;
        this.size = size;
    }

    /**
     * The export of what a run's folder holds now.
     *
     * @param run its name in the export
     */
    public static StreamedExport of(String run, Path folder) throws IOException {
        Path file = folder.resolve(RunStore.EVENTS);
        return new StreamedExport(run, file, Files.exists(file) ? Files.size(file) : 0);
    }

    /** Takes the lines of a file one after the other. */
    private interface LineTaker {
        /** An event, or null with what is wrong with the line. */
        void take(@Nullable RunEvent event, String problem) throws IOException;
    }

    /** Writes the table of {@link RunExport#csv}; the stream is flushed and stays open. */
    public void csv(OutputStream out) throws IOException {
        Set<String> groups = new LinkedHashSet<>();
        Set<String> scores = new LinkedHashSet<>();
        boolean[] plain = {RunExport.isPlain(run)};
        lines((event, problem) -> {
            if (event instanceof StepEvent step) {
                groups.addAll(step.lr().keySet());
            } else if (event instanceof EvalEvent eval) {
                scores.addAll(eval.scores().keySet());
            }
            plain[0] &= RunExport.isPlain(event == null ? problem : RunExport.words(event));
        });
        Writer writer = new OutputStreamWriter(out, StandardCharsets.UTF_8);
        if (!plain[0]) {
            writer.write(RunExport.BYTE_ORDER_MARK);
        }
        CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.CRLF).build(writer);
        csv.writeRecord(RunExport.header(groups, scores));
        Table table = new Table(csv, groups, scores);
        lines(table);
        table.end();
        csv.flush();
    }

    /** Writes the lines of {@link RunExport#jsonl}; the stream is flushed and stays open. */
    public void jsonl(OutputStream out) throws IOException {
        String[] branch = {RunBranch.MAIN};
        lines((event, problem) -> {
            if (event instanceof BranchEvent start) {
                branch[0] = start.branch();
            }
            ObjectNode line = JsonFields.empty().put("run", run).put("branch", branch[0]);
            if (event == null) {
                line.put("type", "damaged").put("text", problem);
            } else {
                line.setAll(event.toJson());
            }
            out.write((JsonFields.JSON.writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8));
        });
        out.flush();
    }

    /** Rows of which each holds the events of one step that follow each other. */
    private final class Table implements LineTaker {
        private final CsvWriter csv;
        private final Set<String> groups;
        private final Set<String> scores;
        private String branch = RunBranch.MAIN;
        private long step;
        private RunExport.@Nullable Row row;

        Table(CsvWriter csv, Set<String> groups, Set<String> scores) {
            this.csv = csv;
            this.groups = groups;
            this.scores = scores;
        }

        @Override
        public void take(@Nullable RunEvent event, String problem) {
            if (event == null) {
                end();
                row = RunExport.Row.saying("damaged: " + problem);
                end();
                return;
            }
            if (event instanceof BranchEvent start) {
                end();
                branch = start.branch();
            }
            if (event.step() != step) {
                end();
            }
            step = event.step();
            RunExport.Row taking = row == null ? new RunExport.Row() : row;
            if (taking.take(event)) {
                row = taking;
            }
        }

        void end() {
            if (row != null) {
                csv.writeRecord(RunExport.cells(run, branch, step, row, groups, scores));
                row = null;
            }
        }
    }

    private void lines(LineTaker taker) throws IOException {
        if (size == 0) {
            return;
        }
        byte[] buffer = new byte[BUFFER];
        byte[] rest = new byte[0];
        long left = size;
        long number = 0;
        try (InputStream in = Files.newInputStream(file)) {
            while (left > 0) {
                int read = in.read(buffer, 0, (int) Math.min(left, buffer.length));
                if (read < 0) {
                    return; // a resumed run has cut the file meanwhile
                }
                left -= read;
                int start = 0;
                for (int i = 0; i < read; i++) {
                    if (buffer[i] == '\n') {
                        line(joined(rest, buffer, start, i), ++number, taker);
                        start = i + 1;
                        rest = new byte[0];
                    }
                }
                rest = joined(rest, buffer, start, read);
                if (rest.length > LONGEST_LINE) {
                    throw new IOException("a line of more than " + LONGEST_LINE + " bytes is no event of a run");
                }
            }
        }
    }

    private static void line(byte[] text, long number, LineTaker taker) throws IOException {
        RunEvent event = null;
        String problem = "";
        try {
            event = RunEvent.fromJson(JsonFields.JSON.readTree(text));
        } catch (JsonProcessingException e) {
            problem = "line " + number + " is not JSON";
        } catch (IllegalArgumentException e) {
            problem = "line " + number + ": " + e.getMessage();
        }
        taker.take(event, problem);
    }

    private static byte[] joined(byte[] rest, byte[] bytes, int from, int to) {
        byte[] line = new byte[rest.length + to - from];
        System.arraycopy(rest, 0, line, 0, rest.length);
        System.arraycopy(bytes, from, line, rest.length, to - from);
        return line;
    }
}
