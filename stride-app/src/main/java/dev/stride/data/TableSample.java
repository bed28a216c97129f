package dev.stride.data;

import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.config.UserException;
import dev.stride.data.KnownNames.Meaning;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;

/** The first rows of a table, read without a header, from which its meaning is found. */
final class TableSample {
    private final Path path;
    private final Recognition.Container container;
    private final List<List<String>> rows = new ArrayList<>();

    TableSample(Path path, Recognition.Container container, List<RowSource.Row> sample) {
        this.path = path;
        this.container = container;
        for (RowSource.Row row : sample) {
            JsonNode value = row.value();
            if (value != null) {
                List<String> cells = new ArrayList<>();
                value.forEach(cell -> cells.add(cell.asText()));
                rows.add(cells);
            }
        }
    }

    Recognition recognise(DataOptions options) {
        DataFormat given = options.format();
        if (rows.isEmpty()) {
            throw Recognition.unknown(path, container.words() + " without a readable row", given);
        }
        List<String> first = rows.get(0);
        Meaning meaning;
        boolean header = true;
        if (options.columns().isEmpty()) {
            meaning = KnownNames.of(first.stream().map(String::strip).toList());
            if (meaning == null && first.size() == 2 && (given == null || given == DataFormat.LABELS)) {
                header = false;
                meaning = withoutHeader();
            }
        } else {
            header = !options.columns().byNumber();
            List<String> names = header ? first.stream().map(String::strip).toList() : numbers(first.size());
            meaning = Recognition.mapped(new HashSet<>(names), options.columns());
        }
        if (meaning == null || (given != null && given != meaning.format())) {
            throw Recognition.unknown(
                    path, container.words() + " whose first row is: " + String.join(" | ", shown(first)), given);
        }
        return new Recognition(container, header, meaning.format(), meaning.columns());
    }

    /**
     * Two columns whose names are not known: the label is the one whose first value comes again. Where neither does, the
     * first row may be a header, and where both do, either may be the label; then the user says it.
     */
    private Meaning withoutHeader() {
        boolean firstRecurs = recurs(0);
        boolean secondRecurs = recurs(1);
        if (firstRecurs == secondRecurs) {
            List<String> first = shown(rows.get(0));
            throw new UserException(path + ": the first row, '" + String.join(" | ", first)
                    + "', may be a header or data, and which column is the label cannot be told. For a header give"
                    + " columns text=" + first.get(0) + ",label=" + first.get(1)
                    + "; for data give columns text=1,label=2");
        }
        return new Meaning(
                DataFormat.LABELS,
                secondRecurs ? Columns.of("text", "1", "label", "2") : Columns.of("text", "2", "label", "1"));
    }

    private boolean recurs(int column) {
        String value = rows.get(0).get(column).strip();
        return rows.stream()
                .skip(1)
                .anyMatch(row -> column < row.size() && row.get(column).strip().equals(value));
    }

    private static List<String> numbers(int count) {
        List<String> numbers = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            numbers.add(Integer.toString(i));
        }
        return numbers;
    }

    /** Cells of a row, long ones cut to fit a message. */
    private static List<String> shown(List<String> cells) {
        return cells.stream()
                .map(cell -> cell.length() > 40 ? cell.substring(0, 40) + "..." : cell)
                .toList();
    }
}
