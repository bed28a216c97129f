package dev.stride.data;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads data files into examples: .json, .jsonl, .csv, .tsv, .txt, each also as .gz or .zst, and folders of source files.
 *
 * <p>Files are streamed; what stays in memory is the examples and the bad rows.
 */
public final class DataReader {
    /** Bad rows that an error names one by one. */
    static final int SHOWN = 20;

    private final DataOptions options;
    private final ToolMessages tools;

    /** A reader with these options. */
    public DataReader(DataOptions options) {
        this(options, ToolMessages.CHATGLM3);
    }

    DataReader(DataOptions options, ToolMessages tools) {
        this.options = options;
        this.tools = tools;
    }

    /**
     * The examples of all files, in the order given.
     *
     * @throws UserException where a file is missing or not recognised, a row is bad and is not to be skipped, the rest
     *     of a file is unreadable, or nothing is left to learn from
     * @throws UncheckedIOException where reading fails
     */
    public DataSet read(List<DataFile> files) {
        List<Recognition> recognised = recognise(files);
        Map<String, String> classNames =
                options.classNames() == null ? Map.of() : ClassNames.read(options.classNames());
        List<Example> examples = new ArrayList<>();
        List<BadRow> badRows = new ArrayList<>();
        List<FileFacts> facts = new ArrayList<>();
        for (int i = 0; i < files.size(); i++) {
            DataFile file = files.get(i);
            try {
                facts.add(read(file, recognised.get(i), classNames, examples, badRows));
            } catch (IOException e) {
                throw failed(file.path(), e);
            }
        }
        refuse(files, badRows, facts);
        return new DataSet(examples, badRows, facts);
    }

    private List<Recognition> recognise(List<DataFile> files) {
        if (files.isEmpty()) {
            throw new UserException("no data file is given");
        }
        List<Recognition> recognised = new ArrayList<>();
        List<String> refusals = new ArrayList<>();
        for (DataFile file : files) {
            Path path = file.path();
            try {
                if (!Files.isDirectory(path) && !Files.isRegularFile(path)) {
                    String what = Files.exists(path) ? "is neither a file nor a folder" : "does not exist";
                    refusals.add(path + " " + what + "; a weight behind a colon must be a number above 0");
                } else {
                    recognised.add(Recognition.of(path, options));
                }
            } catch (UserException e) {
                refusals.add(String.valueOf(e.getMessage()));
            } catch (IOException e) {
                throw failed(path, e);
            }
        }
        if (!refusals.isEmpty()) {
            throw new UserException(String.join("\n", refusals));
        }
        return recognised;
    }

    private FileFacts read(
            DataFile file,
            Recognition recognised,
            Map<String, String> classNames,
            List<Example> examples,
            List<BadRow> badRows)
            throws IOException {
        RowReader reader = recognised.reader(tools, classNames);
        Set<String> used = reader.usedKeys();
        int first = examples.size();
        int rows = 0;
        boolean limited = false;
        Map<String, Integer> labels = new LinkedHashMap<>();
        TreeSet<String> unused = new TreeSet<>();
        List<String> notes;
        try (RowSource source = recognised.open(file.path(), options)) {
            for (RowSource.Row row = source.next(); row != null; row = source.next()) {
                if (options.limit() > 0 && rows == options.limit()) {
                    limited = true;
                    break;
                }
                rows++;
                try {
                    Example example = example(row, reader);
                    examples.add(example);
                    if (recognised.format() == DataFormat.LABELS) {
                        labels.merge(example.answer(), 1, Integer::sum);
                    }
                } catch (RowFault fault) {
                    badRows.add(fault.at(row.where(), row.raw()));
                }
                if (row.value() != null) {
                    row.value().fieldNames().forEachRemaining(unused::add);
                }
            }
            notes = source.notes();
        }
        unused.removeAll(used);
        return new FileFacts(
                file,
                recognised.format(),
                recognised.container().words(),
                recognised.columns(),
                first,
                examples.size() - first,
                rows,
                limited,
                labels,
                unused,
                notes);
    }

    private static Example example(RowSource.Row row, RowReader reader) throws RowFault {
        RowFault fault = row.fault();
        if (fault != null) {
            throw fault;
        }
        JsonNode value = row.value();
        if (value == null || !value.isObject()) {
            String type = value == null ? "nothing" : JsonFields.typeOf(value);
            throw new RowFault(BadRow.Kind.WRONG_TYPE, "the row is " + type, "an object");
        }
        return new Example(RowReader.checked(reader.read(value)), row.where());
    }

    private void refuse(List<DataFile> files, List<BadRow> badRows, List<FileFacts> facts) {
        List<BadRow> unreadable = badRows.stream()
                .filter(row -> row.kind() == BadRow.Kind.UNREADABLE_REST)
                .toList();
        int rows = facts.stream().mapToInt(FileFacts::rowsRead).sum();
        if (!unreadable.isEmpty()) {
            throw new UserException(
                    "The rest of a file cannot be read, and skipping rows does not help:", problems(unreadable));
        }
        if (!badRows.isEmpty() && !options.skipBad()) {
            throw new UserException(title(badRows.size(), rows), problems(badRows));
        }
        int badFrom = 0;
        for (int i = 0; i < files.size(); i++) {
            int badTo = badFrom + facts.get(i).badRows();
            if (facts.get(i).examples() == 0) {
                throw new UserException(
                        files.get(i).path() + " has no row to learn from: "
                                + facts.get(i).rowsRead() + " rows read, "
                                + facts.get(i).badRows() + " of them bad",
                        problems(badRows.subList(badFrom, badTo)));
            }
            badFrom = badTo;
        }
    }

    private static String title(int bad, int rows) {
        String more = bad > SHOWN ? "; the first " + SHOWN + " are shown, " + (bad - SHOWN) + " more follow" : "";
        return bad + " of " + rows + " rows are bad" + more
                + ". Mend them, or go on without them by skipping bad rows:";
    }

    private static List<Problem> problems(List<BadRow> rows) {
        return rows.stream().limit(SHOWN).map(BadRow::toProblem).toList();
    }

    private static UncheckedIOException failed(Path path, IOException e) {
        return new UncheckedIOException("cannot read " + path + ": " + e.getMessage(), e);
    }
}
