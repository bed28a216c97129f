package dev.stride.serve;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import dev.stride.experiment.BranchEvent;
import dev.stride.experiment.EvalEvent;
import dev.stride.experiment.NoteEvent;
import dev.stride.experiment.RunBranch;
import dev.stride.experiment.RunEvent;
import dev.stride.experiment.SaveEvent;
import dev.stride.experiment.SkipEvent;
import dev.stride.experiment.StepEvent;
import dev.stride.experiment.VerdictEvent;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The events of a run as a file for other programs, written as they are read, so that a file of any size goes through
 * little memory. What the file held when the export began is exported; a line that is half-written then is left out.
 *
 * <p>In CSV (RFC 4180) each event is a record: the numbers of an update in the columns of their names and {@code lr.<group>},
 * those of an evaluation in {@code eval.<metric>}, words in {@code who}, {@code action} and {@code text}. Numbers are
 * bit-exact. A word that a spreadsheet would take for a formula begins with an apostrophe.
 */
final class RunExport {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> BEFORE = List.of(
            "type", "branch", "step", "epoch", "loss", "grad_norm", "tokens", "seconds", "tokens_per_second", "moved");
    private static final List<String> BEHIND = List.of("who", "action", "text");
    private static final int BUFFER = 1 << 16;
    private static final int LONGEST_LINE = 1 << 23;

    private final Path file;
    private final long size;

    private RunExport(Path file, long size) {
        this.file = file;
        this.size = size;
    }

    /** The export of what {@code events.jsonl} holds now; of nothing where it is absent. */
    static RunExport of(Path events) throws IOException {
        return new RunExport(events, Files.exists(events) ? Files.size(events) : 0);
    }

    /** Takes one whole line, without its end. */
    private interface LineTaker {
        void take(byte[] line) throws IOException;
    }

    /** Writes every whole line as it stands, damaged ones too. */
    void jsonLines(OutputStream out) throws IOException {
        lines(line -> {
            out.write(line);
            out.write('\n');
        });
    }

    /** Writes a header and a record for each line; one that is no event is a record of type {@code damaged}. */
    void csv(OutputStream out) throws IOException {
        Set<String> groups = new LinkedHashSet<>();
        Set<String> metrics = new LinkedHashSet<>();
        lines(line -> names(line, groups, metrics));
        // not closed: that would close the client's stream before it is known that everything went well
        CsvWriter csv = CsvWriter.builder()
                .lineDelimiter(LineDelimiter.CRLF)
                .build(new OutputStreamWriter(out, StandardCharsets.UTF_8));
        csv.writeRecord(header(groups, metrics));
        Records records = new Records(csv, groups, metrics);
        lines(records::write);
        csv.flush();
    }

    private static void names(byte[] line, Set<String> groups, Set<String> metrics) throws IOException {
        RunEvent event;
        try {
            event = event(line);
        } catch (IllegalArgumentException damaged) {
            return;
        }
        if (event instanceof StepEvent step) {
            groups.addAll(step.lr().keySet());
        } else if (event instanceof EvalEvent eval) {
            metrics.addAll(eval.scores().keySet());
        }
    }

    private static List<String> header(Collection<String> groups, Collection<String> metrics) {
        List<String> header = new ArrayList<>(BEFORE);
        groups.forEach(group -> header.add("lr." + group));
        header.add("eval.loss");
        metrics.forEach(metric -> header.add("eval." + metric));
        header.addAll(BEHIND);
        return header;
    }

    private static RunEvent event(byte[] line) throws IOException {
        try {
            return RunEvent.fromJson(JSON.readTree(line));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not JSON", e);
        }
    }

    /** The records of one export, line after line. */
    private static final class Records {
        private final CsvWriter csv;
        private final Set<String> groups;
        private final Set<String> metrics;
        private String branch = RunBranch.MAIN;
        private long line;

        Records(CsvWriter csv, Set<String> groups, Set<String> metrics) {
            this.csv = csv;
            this.groups = groups;
            this.metrics = metrics;
        }

        void write(byte[] text) throws IOException {
            line++;
            RunEvent event;
            try {
                event = event(text);
            } catch (IllegalArgumentException e) {
                words("damaged", "", "", "", "line " + line + ": " + e.getMessage());
                return;
            }
            String step = Long.toString(event.step());
            if (event instanceof StepEvent update) {
                update(update);
            } else if (event instanceof EvalEvent eval) {
                eval(eval);
            } else if (event instanceof BranchEvent start) {
                branch = start.branch();
                words("branch", step, start.parent(), "", start.reason());
            } else if (event instanceof VerdictEvent verdict) {
                words("verdict", step, verdict.monitor(), verdict.action(), verdict.reason());
            } else if (event instanceof SkipEvent skip) {
                words("skip", step, "", "", skip.reason());
            } else if (event instanceof NoteEvent note) {
                words("note", step, "", "", note.text());
            } else if (event instanceof SaveEvent save) {
                words("save", step, "", "", save.path());
            }
        }

        private void update(StepEvent update) {
            List<String> cells = new ArrayList<>(List.of(
                    "step",
                    branch,
                    Long.toString(update.step()),
                    known(update.epoch()),
                    Double.toString(update.loss()),
                    Double.toString(update.gradNorm()),
                    Long.toString(update.tokens()),
                    Double.toString(update.seconds()),
                    known(update.tokensPerSecond()),
                    known(update.moved())));
            groups.forEach(group -> cells.add(cell(update.lr(), group)));
            fill(cells, 1 + metrics.size() + BEHIND.size());
            csv.writeRecord(cells);
        }

        private void eval(EvalEvent eval) {
            List<String> cells = new ArrayList<>(List.of("eval", branch, Long.toString(eval.step()), "", "", ""));
            cells.add(Long.toString(eval.tokens()));
            cells.add(known(eval.seconds()));
            fill(cells, 2 + groups.size());
            cells.add(Double.toString(eval.loss()));
            metrics.forEach(metric -> cells.add(cell(eval.scores(), metric)));
            fill(cells, BEHIND.size());
            csv.writeRecord(cells);
        }

        private void words(String type, String step, String who, String action, String text) {
            List<String> cells = new ArrayList<>(List.of(type, branch, step));
            fill(cells, BEFORE.size() - 3 + groups.size() + 1 + metrics.size());
            cells.addAll(List.of(word(who), word(action), word(text)));
            csv.writeRecord(cells);
        }

        private static void fill(List<String> cells, int empty) {
            for (int i = 0; i < empty; i++) {
                cells.add("");
            }
        }

        private static String cell(Map<String, Double> values, String name) {
            Double value = values.get(name);
            return value == null ? "" : Double.toString(value);
        }

        /** A number that older files lack. */
        private static String known(double value) {
            return Double.isNaN(value) ? "" : Double.toString(value);
        }
    }

    /** A text that no spreadsheet takes for a formula. */
    static String word(String text) {
        boolean formula = !text.isEmpty() && "=+-@\t\r\n".indexOf(text.charAt(0)) >= 0;
        return formula ? "'" + text : text;
    }

    private void lines(LineTaker taker) throws IOException {
        if (size == 0) {
            return;
        }
        Lines lines = new Lines(taker);
        byte[] buffer = new byte[BUFFER];
        long left = size;
        try (InputStream in = Files.newInputStream(file)) {
            while (left > 0) {
                int read = in.read(buffer, 0, (int) Math.min(left, buffer.length));
                if (read < 0) {
                    return; // a resumed run has cut the file meanwhile
                }
                left -= read;
                lines.add(buffer, read);
            }
        }
    }

    /** Puts lines together from pieces of a file. */
    private static final class Lines {
        private final LineTaker taker;
        private byte[] rest = new byte[0];

        Lines(LineTaker taker) {
            this.taker = taker;
        }

        void add(byte[] bytes, int length) throws IOException {
            int start = 0;
            for (int i = 0; i < length; i++) {
                if (bytes[i] == '\n') {
                    taker.take(joined(bytes, start, i));
                    start = i + 1;
                    rest = new byte[0];
                }
            }
            rest = joined(bytes, start, length);
            if (rest.length > LONGEST_LINE) {
                throw new IOException("a line of more than " + LONGEST_LINE + " bytes is no event of a run");
            }
        }

        private byte[] joined(byte[] bytes, int from, int to) {
            byte[] line = new byte[rest.length + to - from];
            System.arraycopy(rest, 0, line, 0, rest.length);
            System.arraycopy(bytes, from, line, rest.length, to - from);
            return line;
        }
    }
}
