package dev.stride.data;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import de.siegmar.fastcsv.reader.CloseableIterator;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a table as objects of strings, named by its header or by 1, 2, 3 ... where it has none.
 *
 * <p>Commas and semicolons follow RFC 4180: a field in double quotes may hold the separator and newlines. Tabs separate
 * plain fields: a quote is a letter like any other there, because titles begin with quotes and no tab-separated corpus
 * quotes its fields.
 */
final class TableRows implements RowSource {
    private final String file;
    private final char separator;
    private final ByteLines lines;
    private final @Nullable CsvReader<CsvRecord> csv;
    private final @Nullable CloseableIterator<CsvRecord> records;
    private final Set<Long> wrongLines = new HashSet<>();
    private long lastLine;
    private boolean ended;
    private List<String> names = List.of();

    /** A table; {@code header} says whether its first row names the columns. */
    TableRows(String file, InputStream in, char separator, boolean header) throws IOException {
        this.file = file;
        this.separator = separator;
        this.lines = new ByteLines(in);
        this.csv = separator == '\t' ? null : csv(new LineReader());
        this.records = csv == null ? null : csv.iterator();
        if (header) {
            Fields first = nextFields();
            names = first == null
                    ? List.of()
                    : first.values.stream().map(String::strip).toList();
        }
    }

    @Override
    public @Nullable Row next() throws IOException {
        Fields fields;
        try {
            fields = nextFields();
        } catch (CsvParseException e) {
            ended = true;
            RowFault fault = new RowFault(
                    BadRow.Kind.UNREADABLE_REST,
                    "the quotes of a field after this line do not match: " + e.getMessage(),
                    "a field in double quotes, with quotes inside doubled");
            return Row.bad(file + ":" + Math.max(1, lastLine), "", fault);
        }
        if (fields == null) {
            return null;
        }
        if (names.isEmpty()) {
            names = IntStream.rangeClosed(1, fields.values.size())
                    .mapToObj(Integer::toString)
                    .toList();
        }
        String where = file + ":" + fields.line;
        String raw = String.join(String.valueOf(separator), fields.values);
        if (!fields.utf8) {
            return Row.bad(where, raw, ByteLines.notUtf8());
        }
        if (fields.values.size() != names.size()) {
            String expected = names.size() + " fields (" + String.join(", ", names) + ")";
            return Row.bad(
                    where,
                    raw,
                    new RowFault(BadRow.Kind.WRONG_FIELDS, fields.values.size() + " fields in this row", expected));
        }
        ObjectNode value = JsonNodeFactory.instance.objectNode();
        for (int i = 0; i < names.size(); i++) {
            value.put(names.get(i), fields.values.get(i));
        }
        return Row.good(where, raw, value);
    }

    @Override
    public void close() throws IOException {
        lines.close();
        if (csv != null) {
            csv.close();
        }
    }

    private record Fields(long line, List<String> values, boolean utf8) {}

    private @Nullable Fields nextFields() throws IOException {
        if (ended) {
            return null;
        }
        if (records == null) {
            ByteLines.Line line = lines.next();
            while (line != null && line.isBlank()) {
                line = lines.next();
            }
            return line == null
                    ? null
                    : new Fields(line.number(), List.of(line.text().split("\t", -1)), line.utf8());
        }
        if (!records.hasNext()) {
            return null;
        }
        CsvRecord next = records.next();
        List<String> values = new ArrayList<>(next.getFields());
        lastLine = next.getStartingLineNumber();
        boolean utf8 = true;
        long numLines = 1
                + values.stream()
                        .flatMapToInt(String::chars)
                        .filter(c -> c == '\n')
                        .count();
        for (long line = lastLine; line < lastLine + numLines; line++) {
            utf8 &= !wrongLines.remove(line);
        }
        return new Fields(lastLine, values, utf8);
    }

    private CsvReader<CsvRecord> csv(Reader reader) {
        // rows of another length are kept: they become bad rows with a line number
        return CsvReader.builder()
                .fieldSeparator(separator)
                .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
                .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
                .allowUnclosedQuote(false)
                .ofCsvRecord(reader);
    }

    /** Gives the decoded lines to the parser and remembers which had wrong bytes. */
    private final class LineReader extends Reader {
        private String buffer = "";
        private int at;

        @Override
        public int read(char[] target, int offset, int length) throws IOException {
            if (at == buffer.length()) {
                ByteLines.Line line = lines.next();
                if (line == null) {
                    return -1;
                }
                if (!line.utf8()) {
                    wrongLines.add(line.number());
                }
                buffer = line.text() + (line.windowsEnd() ? "\r\n" : "\n");
                at = 0;
            }
            int count = Math.min(length, buffer.length() - at);
            buffer.getChars(at, at + count, target, offset);
            at += count;
            return count;
        }

        @Override
        public void close() throws IOException {
            lines.close();
        }
    }
}
