package dev.stride.samples;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A sentence pattern. {@code {city}} is a row of the table {@code city}, {@code {city.dish}} another column of the same
 * row, {@code {city2}} a second row, {@code {n:2-9}} a number whose name is one letter (later just {@code {n}}), and
 * {@code [a|b|]} one of some alternatives, which may hold anything again.
 */
final class Template {
    private final String source;
    private final Part whole;

    private interface Part {
        void write(Scene scene, StringBuilder out);
    }

    private Template(String source, Part whole) {
        this.source = source;
        this.whole = whole;
    }

    /**
     * Reads a pattern.
     *
     * @throws IllegalArgumentException if it names an unknown table or column, or a bracket has no partner
     */
    static Template parse(String source, Map<String, Table> tables) {
        Parser parser = new Parser(source, tables);
        Part whole = parser.sequence("");
        if (parser.at < source.length()) {
            throw new IllegalArgumentException("a bracket too many in: " + source);
        }
        return new Template(source, whole);
    }

    /** The text that the pattern makes in a scene; the scene remembers what it drew. */
    String expand(Scene scene) {
        StringBuilder out = new StringBuilder();
        whole.write(scene, out);
        return out.toString();
    }

    @Override
    public String toString() {
        return source;
    }

    private static final class Parser {
        private final String source;
        private final Map<String, Table> tables;
        private int at;

        Parser(String source, Map<String, Table> tables) {
            this.source = source;
            this.tables = tables;
        }

        /** Parts up to one of the stop characters, which is left. */
        Part sequence(String stops) {
            List<Part> parts = new ArrayList<>();
            while (at < source.length() && stops.indexOf(source.charAt(at)) < 0 && source.charAt(at) != ']') {
                parts.add(
                        switch (source.charAt(at)) {
                            case '{' -> slot();
                            case '[' -> alternatives();
                            default -> literal(stops);
                        });
            }
            return (scene, out) -> parts.forEach(part -> part.write(scene, out));
        }

        private Part literal(String stops) {
            int start = at;
            while (at < source.length() && ("{[]" + stops).indexOf(source.charAt(at)) < 0) {
                at++;
            }
            String text = source.substring(start, at);
            return (scene, out) -> out.append(text);
        }

        private Part alternatives() {
            List<Part> options = new ArrayList<>();
            do {
                at++;
                options.add(sequence("|"));
            } while (at < source.length() && source.charAt(at) == '|');
            if (at >= source.length()) {
                throw new IllegalArgumentException("'[' without ']' in: " + source);
            }
            at++;
            return (scene, out) -> options.get(scene.choice(options.size())).write(scene, out);
        }

        private Part slot() {
            int end = source.indexOf('}', at);
            if (end < 0) {
                throw new IllegalArgumentException("'{' without '}' in: " + source);
            }
            String inside = source.substring(at + 1, end);
            at = end + 1;
            int colon = inside.indexOf(':');
            if (colon >= 0) {
                return range(inside.substring(0, colon), inside.substring(colon + 1));
            }
            int dot = inside.indexOf('.');
            String name = dot < 0 ? inside : inside.substring(0, dot);
            if (name.length() == 1) {
                return (scene, out) -> out.append(scene.knownNumber(name, source));
            }
            Table table = tables.get(name.replaceAll("[0-9]+$", ""));
            if (table == null) {
                throw new IllegalArgumentException("no table " + name + " for: " + source);
            }
            int column = dot < 0 ? 0 : table.columns().indexOf(inside.substring(dot + 1));
            if (column < 0) {
                throw new IllegalArgumentException("no column " + inside + " for: " + source);
            }
            return (scene, out) -> out.append(scene.row(name, table).get(column));
        }

        private Part range(String name, String bounds) {
            int dash = bounds.indexOf('-');
            int low = Integer.parseInt(bounds.substring(0, dash));
            int high = Integer.parseInt(bounds.substring(dash + 1));
            return (scene, out) -> out.append(scene.number(name, low, high));
        }
    }
}
