package dev.stride.data;

import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which column of a table, or key of a JSON object, plays which part.
 *
 * <p>The parts are {@code prompt}, {@code response}, {@code history} and {@code system} for a prompt and its response,
 * {@code text} and {@code label} for classification, {@code text} alone for plain text. In a table without a header the
 * columns are named 1, 2, 3 ...
 *
 * @param names part to column name, in the order given
 */
public record Columns(Map<String, String> names) {
    /** No mapping: columns are recognised by their usual names. */
    public static final Columns NONE = new Columns(Map.of());

    private static final Set<String> PROMPT_PARTS = Set.of("prompt", "response", "history", "system");
    private static final String ALLOWED =
            "prompt=NAME,response=NAME[,history=NAME][,system=NAME] or text=NAME,label=NAME or text=NAME";

    public Columns {
        names = Map.copyOf(names);
    }

    /**
     * Reads {@code prompt=content,response=summary}.
     *
     * @throws UserException with every part that is unknown, double or missing
     */
    public static Columns parse(String text) {
        List<Problem> problems = new ArrayList<>();
        Map<String, String> names = new LinkedHashMap<>();
        for (String pair : text.split(",", -1)) {
            int equals = pair.indexOf('=');
            String part = equals < 0 ? pair.strip() : pair.substring(0, equals).strip();
            String name = equals < 0 ? "" : pair.substring(equals + 1).strip();
            if (name.isEmpty() || !(PROMPT_PARTS.contains(part) || part.equals("text") || part.equals("label"))) {
                problems.add(Problem.of("columns", "'" + pair + "'", ALLOWED));
            } else if (names.put(part, name) != null) {
                problems.add(Problem.of("columns", "'" + part + "' is given twice", "each part once"));
            }
        }
        if (problems.isEmpty() && new Columns(names).format() == null) {
            problems.add(Problem.of("columns", "'" + text + "' is no complete mapping", ALLOWED));
        }
        if (!problems.isEmpty()) {
            throw new UserException("The mapping of columns cannot be used:", problems);
        }
        return new Columns(names);
    }

    static Columns of(String part1, String name1, String part2, String name2) {
        return new Columns(Map.of(part1, name1, part2, name2));
    }

    /** Whether nothing is mapped. */
    public boolean isEmpty() {
        return names.isEmpty();
    }

    /** The column of a part that the format demands. */
    String require(String part) {
        String name = names.get(part);
        if (name == null) {
            throw new IllegalStateException("no column plays '" + part + "' in " + names);
        }
        return name;
    }

    /** The column of a part; null where the mapping has none. */
    @Nullable
    String find(String part) {
        return names.get(part);
    }

    /** The same mapping with one part more. */
    Columns with(String part, String name) {
        Map<String, String> more = new LinkedHashMap<>(names);
        more.put(part, name);
        return new Columns(more);
    }

    /** Whether the columns are counted (1, 2, ...) and not named. */
    boolean byNumber() {
        return !names.isEmpty() && names.values().stream().allMatch(name -> name.matches("[1-9][0-9]*"));
    }

    /** The format that this mapping is for; null when it is incomplete or mixed. */
    @Nullable
    DataFormat format() {
        Set<String> parts = names.keySet();
        if (parts.equals(Set.of("text"))) {
            return DataFormat.TEXT;
        }
        if (parts.equals(Set.of("text", "label"))) {
            return DataFormat.LABELS;
        }
        if (parts.containsAll(Set.of("prompt", "response")) && PROMPT_PARTS.containsAll(parts)) {
            return DataFormat.COLUMNS;
        }
        return null;
    }
}
