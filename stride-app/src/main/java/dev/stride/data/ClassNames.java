package dev.stride.data;

import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The names of class ids, read from a file. */
final class ClassNames {
    private ClassNames() {}

    /**
     * Id to name. Without tabs line i, counted from 0, is the name of id i; with tabs every line is id, tab, name. Blank
     * lines may stand at the end only.
     */
    static Map<String, String> read(Path file) {
        List<String> lines = new ArrayList<>();
        List<Problem> problems = new ArrayList<>();
        try (ByteLines in = new ByteLines(DataStream.open(file))) {
            for (ByteLines.Line line = in.next(); line != null; line = in.next()) {
                if (!line.utf8()) {
                    problems.add(Problem.of(file + ":" + line.number(), "bytes that are not UTF-8", "UTF-8 text"));
                }
                lines.add(line.text().strip());
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read class names from " + file + ": " + e.getMessage(), e);
        }
        while (!lines.isEmpty() && lines.get(lines.size() - 1).isEmpty()) {
            lines.remove(lines.size() - 1);
        }
        boolean tabs = !lines.isEmpty() && lines.get(0).indexOf('\t') >= 0;
        String expected = tabs ? "id, tab, name; each id once" : "one name a line, each name once";
        Map<String, String> names = new LinkedHashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            int tab = line.indexOf('\t');
            String id = tabs ? line.substring(0, Math.max(0, tab)).strip() : Integer.toString(i);
            String name = line.substring(tab + 1).strip();
            boolean twice = names.containsKey(id) || (!tabs && names.containsValue(name));
            if (id.isEmpty() || name.isEmpty() || tabs != (tab >= 0) || twice) {
                problems.add(Problem.of(file + ":" + (i + 1), "'" + line + "'", expected));
            }
            names.put(id, name);
        }
        if (names.isEmpty()) {
            problems.add(Problem.of(file.toString(), "no names", expected));
        }
        if (!problems.isEmpty()) {
            throw new UserException("The class names cannot be used:", problems);
        }
        return names;
    }
}
