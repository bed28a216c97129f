package dev.stride.data;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.config.UserException;
import dev.stride.data.KnownNames.Meaning;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * How one file is to be read, found from its first rows.
 *
 * @param container how it holds its rows
 * @param header whether the first row of a table names its columns
 * @param format what a row means
 * @param columns which column plays which part; empty where the format has its own keys
 */
record Recognition(Container container, boolean header, DataFormat format, Columns columns) {
    /** How a file holds its rows. */
    enum Container {
        JSON_LINES("JSON lines"),
        JSON_ARRAY("a JSON array"),
        COMMAS("a table with commas"),
        SEMICOLONS("a table with semicolons"),
        TABS("a table with tabs"),
        TEXT("lines of text"),
        SOURCES("source files");

        private final String words;

        Container(String words) {
            this.words = words;
        }

        String words() {
            return words;
        }

        boolean isTable() {
            return this == COMMAS || this == SEMICOLONS || this == TABS;
        }

        char separator() {
            return switch (this) {
                case COMMAS -> ',';
                case SEMICOLONS -> ';';
                case TABS -> '\t';
                default -> throw new IllegalStateException(words + " have no separator");
            };
        }
    }

    private static final int SAMPLE = 1000;
    private static final int HEAD = 1 << 16;
    private static final Set<String> JSON_NAMES = Set.of("json", "jsonl", "ndjson");
    private static final Set<String> TEXT_NAMES = Set.of("txt", "text", "md", "");

    /**
     * Looks at a file that exists.
     *
     * @throws UserException in one sentence, where what is there is not known
     */
    static Recognition of(Path path, DataOptions options) throws IOException {
        DataFormat given = options.format();
        if (Files.isDirectory(path)) {
            if (given != null && given != DataFormat.SOURCE) {
                throw new UserException(path + " is a folder, which is read as source files; the format '"
                        + given.word() + "' was given: name its files one by one");
            }
            if (SourceRows.files(path).isEmpty()) {
                throw new UserException(path + " is a folder without source files; expected files of a programming"
                        + " language, or the data files one by one");
            }
            return source();
        }
        if (given == DataFormat.SOURCE || (given == null && SourceRows.isSource(path))) {
            return source();
        }
        Container container = container(path, given);
        if (container == Container.TEXT) {
            return new Recognition(container, false, DataFormat.TEXT, new Columns(Map.of("text", "text")));
        }
        List<RowSource.Row> sample = sample(path, container, options);
        if (sample.isEmpty()) {
            throw new UserException(path + " has no rows");
        }
        return container.isTable()
                ? new TableSample(path, container, sample).recognise(options)
                : ofJson(path, container, sample, options);
    }

    /** The rows of the file from its start. */
    RowSource open(Path path, DataOptions options) throws IOException {
        return open(path, container, header, options);
    }

    /** What turns its rows into messages. */
    RowReader reader(ToolMessages tools, Map<String, String> classNames) {
        return switch (format) {
            case CHATGLM3 -> new ChatGlmRows(tools);
            case OPENAI -> new OpenAiRows(tools);
            case SHAREGPT -> new ShareGptRows(tools);
            case ALPACA -> PromptRows.alpaca();
            case COLUMNS, SOURCE -> PromptRows.columns(columns);
            case LABELS -> new LabelRows(columns, classNames);
            case TEXT -> new PlainTextRows(columns);
        };
    }

    /** The refusal of a file whose rows mean nothing that is known. */
    static UserException unknown(Path path, String seen, @Nullable DataFormat given) {
        String title = given == null
                ? path + ": the format is not recognised."
                : path + ": this cannot be read as '" + given.word() + "'.";
        return new UserException(title + "\n  seen: " + seen + "\n  known formats:\n    "
                + String.join("\n    ", DataFormat.shapes())
                + "\n  Other names are mapped with columns prompt=NAME,response=NAME or text=NAME,label=NAME;"
                + " columns without a header are 1, 2, 3 ...");
    }

    private static Recognition source() {
        return new Recognition(
                Container.SOURCES, false, DataFormat.SOURCE, Columns.of("prompt", "prompt", "response", "response"));
    }

    private static RowSource open(Path path, Container container, boolean header, DataOptions options)
            throws IOException {
        String name = path.toString();
        if (container == Container.SOURCES) {
            return new SourceRows(
                    Files.isDirectory(path) ? SourceRows.files(path) : List.of(path), options.sourceCut());
        }
        InputStream in = DataStream.open(path);
        return switch (container) {
            case JSON_LINES -> new JsonLineRows(name, in);
            case JSON_ARRAY -> new JsonArrayRows(name, in);
            case TEXT -> new TextRows(name, in, options.textUnit());
            default -> new TableRows(name, in, container.separator(), header);
        };
    }

    private static List<RowSource.Row> sample(Path path, Container container, DataOptions options) throws IOException {
        List<RowSource.Row> sample = new ArrayList<>();
        try (RowSource rows = open(path, container, false, options)) {
            for (RowSource.Row row = rows.next(); row != null; row = rows.next()) {
                sample.add(row);
                if (sample.size() == SAMPLE) {
                    break;
                }
            }
        }
        return sample;
    }

    /** Says how a file holds its rows, from its extension and, where that leaves it open, its first bytes and lines. */
    private static Container container(Path path, @Nullable DataFormat given) throws IOException {
        String extension = DataStream.extension(path);
        String start = start(path);
        if (JSON_NAMES.contains(extension)) {
            return start.startsWith("[") ? Container.JSON_ARRAY : Container.JSON_LINES;
        }
        String line = start.lines().findFirst().orElse("");
        if (extension.equals("tsv")) {
            return Container.TABS;
        }
        if (extension.equals("csv")) {
            return line.contains(",") || !(line.contains("\t") || line.contains(";"))
                    ? Container.COMMAS
                    : line.contains("\t") ? Container.TABS : Container.SEMICOLONS;
        }
        if (start.startsWith("{") && line.stripTrailing().endsWith("}")) {
            return Container.JSON_LINES;
        }
        if (start.startsWith("[") && start.substring(1).stripLeading().startsWith("{")) {
            return Container.JSON_ARRAY;
        }
        if (!TEXT_NAMES.contains(extension) || start.indexOf('\0') >= 0) {
            throw unknown(path, "a file that starts with " + quoted(start), given);
        }
        return given == DataFormat.TEXT ? Container.TEXT : textOrTabs(path, given);
    }

    /** A .txt file is a table if most of its lines have one tab, and text if none has. */
    private static Container textOrTabs(Path path, @Nullable DataFormat given) throws IOException {
        int lines = 0;
        int tabbed = 0;
        int pairs = 0;
        List<RowSource.Row> sample = sample(path, Container.TEXT, DataOptions.DEFAULT);
        for (RowSource.Row row : sample) {
            long tabs = row.raw().chars().filter(c -> c == '\t').count();
            lines++;
            tabbed += tabs > 0 ? 1 : 0;
            pairs += tabs == 1 ? 1 : 0;
        }
        if (lines == 0) {
            throw new UserException(path + " has no rows");
        }
        if (given == DataFormat.LABELS || given == DataFormat.COLUMNS || pairs * 2 > lines) {
            return Container.TABS;
        }
        if (tabbed == 0 && given == null) {
            return Container.TEXT;
        }
        throw unknown(
                path, "lines of text, " + tabbed + " of the first " + lines + " with a tab: a table or a text?", given);
    }

    private static Recognition ofJson(Path path, Container container, List<RowSource.Row> sample, DataOptions options) {
        DataFormat given = options.format();
        Set<String> keys = new TreeSet<>();
        for (RowSource.Row row : sample) {
            JsonNode value = row.value();
            if (value == null || !value.isObject()) {
                continue;
            }
            List<String> names = new ArrayList<>();
            value.fieldNames().forEachRemaining(names::add);
            Meaning meaning = meaning(value, names, options.columns());
            if (meaning != null && (given == null || meaning.format() == given)) {
                return new Recognition(container, false, meaning.format(), meaning.columns());
            }
            keys.addAll(names);
        }
        if (given == DataFormat.CHATGLM3
                || given == DataFormat.OPENAI
                || given == DataFormat.SHAREGPT
                || given == DataFormat.ALPACA) {
            // no row fits, and each will say why
            return new Recognition(container, false, given, Columns.NONE);
        }
        RowFault fault = sample.get(0).fault();
        String seen = keys.isEmpty()
                ? container.words() + " without an object; the first row, "
                        + sample.get(0).where() + ", is " + (fault == null ? "no object" : fault.what())
                : container.words() + " with the keys " + String.join(", ", keys);
        throw unknown(path, seen, given);
    }

    private static @Nullable Meaning meaning(JsonNode row, List<String> names, Columns columns) {
        if (row.path("messages").isArray()) {
            return new Meaning(DataFormat.OPENAI, Columns.NONE);
        }
        if (row.path("conversations").isArray()) {
            JsonNode first = row.path("conversations").path(0);
            if (first.has("from")) {
                return new Meaning(DataFormat.SHAREGPT, Columns.NONE);
            }
            return first.has("role") ? new Meaning(DataFormat.CHATGLM3, Columns.NONE) : null;
        }
        return columns.isEmpty() ? KnownNames.of(names) : mapped(new HashSet<>(names), columns);
    }

    /** The meaning that a mapping gives to a row that has all its columns; else null. */
    static @Nullable Meaning mapped(Set<String> names, Columns columns) {
        DataFormat format = columns.format();
        return format != null && names.containsAll(columns.names().values()) ? new Meaning(format, columns) : null;
    }

    /** The first characters after blanks. */
    private static String start(Path path) throws IOException {
        try (InputStream in = DataStream.open(path)) {
            ByteLines lines = new ByteLines(new ByteArrayInputStream(in.readNBytes(HEAD)));
            StringBuilder start = new StringBuilder();
            for (ByteLines.Line line = lines.next(); line != null; line = lines.next()) {
                start.append(line.text()).append('\n');
            }
            return start.toString().stripLeading();
        }
    }

    private static String quoted(String start) {
        String head = start.lines().findFirst().orElse("");
        StringBuilder shown = new StringBuilder("'");
        head.codePoints().limit(60).forEach(c -> shown.appendCodePoint(Character.isISOControl(c) ? '\uFFFD' : c));
        return shown.append('\'').toString();
    }
}
