package dev.stride.experiment;

import com.fasterxml.jackson.databind.node.ObjectNode;
import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of runs for other tools, as one table or as lines of JSON.
 *
 * <p>The table is CSV (RFC 4180) in UTF-8 with a row for each update of each branch of each run, and what was evaluated
 * after that update in the same row, so that {@code pandas.read_csv} gives one frame to plot and Excel one sheet. Where an
 * evaluation has no update before it in its branch, it has a row without one. An empty cell is what was not measured. All
 * digits of numbers are there. A file that holds other letters than English ones begins with a byte order mark, without
 * which Excel does not read them; pandas does not mind.
 */
public final class RunExport {
    private static final List<String> UPDATE =
            List.of("epoch", "loss", "grad_norm", "tokens", "seconds", "tokens_per_second", "moved");
    static final String BYTE_ORDER_MARK = "\uFEFF";

    private RunExport() {}

    /** What happened at one step of a branch. */
    static final class Row {
        private @Nullable StepEvent update;
        private @Nullable EvalEvent evaluation;
        private final List<String> words = new ArrayList<>();

        /** A row that says only why there is nothing else in it. */
        static Row saying(String words) {
            Row row = new Row();
            row.words.add(words);
            return row;
        }

        /** Takes an event in; false where it says nothing that the table has. */
        boolean take(RunEvent event) {
            if (event instanceof StepEvent step) {
                update = step;
            } else if (event instanceof EvalEvent eval) {
                evaluation = eval;
            } else if (event instanceof VerdictEvent verdict) {
                words.add(verdict.monitor() + ": " + verdict.action() + ": " + verdict.reason());
            } else if (event instanceof SkipEvent skip) {
                words.add("update not made: " + skip.reason());
            } else if (event instanceof NoteEvent note) {
                words.add("note: " + note.text());
            } else if (event instanceof BranchEvent branch) {
                words.add("branch: " + branch.reason());
            } else {
                return false;
            }
            return true;
        }
    }

    /**
     * Writes the table of runs.
     *
     * @param runs by the names that they have in it
     * @throws UncheckedIOException naming the file, of which nothing is left then
     */
    public static void csv(Path file, Map<String, RunRecord> runs) {
        Set<String> groups = new LinkedHashSet<>();
        Set<String> scores = new LinkedHashSet<>();
        for (RunRecord run : runs.values()) {
            run.events(StepEvent.class).forEach(step -> groups.addAll(step.lr().keySet()));
            run.events(EvalEvent.class)
                    .forEach(eval -> scores.addAll(eval.scores().keySet()));
        }
        boolean plain = runs.entrySet().stream()
                .allMatch(run -> isPlain(run.getKey())
                        && run.getValue().events().stream().allMatch(event -> isPlain(words(event))));
        write(file, writer -> {
            if (!plain) {
                writer.write(BYTE_ORDER_MARK);
            }
            try (CsvWriter csv =
                    CsvWriter.builder().lineDelimiter(LineDelimiter.CRLF).build(writer)) {
                csv.writeRecord(header(groups, scores));
                for (Map.Entry<String, RunRecord> run : runs.entrySet()) {
                    for (RunBranch branch : RunBranch.of(run.getValue().events())) {
                        for (Map.Entry<Long, Row> row : rows(branch).entrySet()) {
                            csv.writeRecord(
                                    cells(run.getKey(), branch.name(), row.getKey(), row.getValue(), groups, scores));
                        }
                    }
                }
            }
        });
    }

    /**
     * Writes all events of runs as lines of JSON: those of {@code events.jsonl}, each with its run's name under {@code run}
     * and its branch's under {@code branch}.
     */
    public static void jsonl(Path file, Map<String, RunRecord> runs) {
        write(file, writer -> {
            for (Map.Entry<String, RunRecord> run : runs.entrySet()) {
                for (RunBranch branch : RunBranch.of(run.getValue().events())) {
                    for (RunEvent event : branch.events()) {
                        ObjectNode line =
                                JsonFields.empty().put("run", run.getKey()).put("branch", branch.name());
                        line.setAll(event.toJson());
                        writer.write(JsonFields.JSON.writeValueAsString(line) + "\n");
                    }
                }
            }
        });
    }

    static List<String> header(Set<String> groups, Set<String> scores) {
        List<String> names = new ArrayList<>(List.of("run", "branch", "step"));
        names.addAll(UPDATE);
        groups.forEach(group -> names.add("lr/" + group));
        names.add("eval/loss");
        scores.forEach(score -> names.add("eval/" + score));
        names.addAll(List.of("eval/tokens", "eval/seconds", "eval/asked", "events"));
        return names.stream().map(RunExport::harmless).toList();
    }

    private static TreeMap<Long, Row> rows(RunBranch branch) {
        TreeMap<Long, Row> rows = new TreeMap<>();
        for (RunEvent event : branch.events()) {
            Row row = rows.containsKey(event.step()) ? Objects.requireNonNull(rows.get(event.step())) : new Row();
            if (row.take(event)) {
                rows.put(event.step(), row);
            }
        }
        return rows;
    }

    static List<String> cells(String run, String branch, long step, Row row, Set<String> groups, Set<String> scores) {
        List<String> cells = new ArrayList<>(List.of(harmless(run), harmless(branch), Long.toString(step)));
        StepEvent update = row.update;
        if (update == null) {
            cells.addAll(Collections.nCopies(UPDATE.size() + groups.size(), ""));
        } else {
            cells.addAll(List.of(
                    measured(update.epoch()),
                    Double.toString(update.loss()),
                    Double.toString(update.gradNorm()),
                    Long.toString(update.tokens()),
                    Double.toString(update.seconds()),
                    measured(update.tokensPerSecond()),
                    measured(update.moved())));
            groups.forEach(group -> cells.add(number(update.lr().get(group))));
        }
        EvalEvent eval = row.evaluation;
        if (eval == null) {
            cells.addAll(Collections.nCopies(scores.size() + 4, ""));
        } else {
            cells.add(Double.toString(eval.loss()));
            scores.forEach(score -> cells.add(number(eval.scores().get(score))));
            cells.add(Long.toString(eval.tokens()));
            cells.add(measured(eval.seconds()));
            cells.add(eval.asked() ? "true" : "false");
        }
        cells.add(harmless(String.join(" | ", row.words)));
        return cells;
    }

    private static String number(@Nullable Double value) {
        return value == null ? "" : value.toString();
    }

    private static String measured(double value) {
        return Double.isNaN(value) ? "" : Double.toString(value);
    }

    /** What a spreadsheet would take for a formula is made a text by an apostrophe before it. */
    private static String harmless(String text) {
        return !text.isEmpty() && "=+-@\t\r\n".indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
    }

    static boolean isPlain(String text) {
        return text.chars().allMatch(character -> character < 128);
    }

    /** All words of an event that come into the table. */
    static String words(RunEvent event) {
        if (event instanceof StepEvent step) {
            return String.join("", step.lr().keySet());
        }
        if (event instanceof EvalEvent eval) {
            return String.join("", eval.scores().keySet());
        }
        Row row = new Row();
        row.take(event);
        return String.join("", row.words);
    }

    private interface Content {
        void writeTo(Writer writer) throws IOException;
    }

    /** A file that is there whole or not at all; runs may be larger than what memory should hold twice. */
    private static void write(Path file, Content content) {
        Path target = file.toAbsolutePath();
        Path temporary = target.resolveSibling("." + target.getFileName() + ".tmp");
        try {
            try (Writer writer = Files.newBufferedWriter(temporary, StandardCharsets.UTF_8)) {
                content.writeTo(writer);
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException | UncheckedIOException e) {
            try {
                Files.deleteIfExists(temporary);
            } catch (IOException second) {
                e.addSuppressed(second);
            }
            throw new UncheckedIOException(
                    "cannot write " + file + ": " + e.getMessage(),
                    e instanceof IOException io ? io : new IOException(e));
        }
    }
}
