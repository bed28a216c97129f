package dev.stride.experiment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Files of one JSON object a line that a killed process may have left with a half-written last line. That line is
 * dropped; a bad line anywhere else is the user's to look at.
 */
public final class JsonLines {
    private static final int MAX_PROBLEMS = 20;
    private static final String OF_A_RUN = "one JSON object a line, as Stride writes it";

    private JsonLines() {}

    /** A good line: as it stands in the file without its line feed, and what it says. */
    private record Line<T>(String text, T value) {}

    /** The values of all lines of a run's file; none where it is absent. */
    static <T> List<T> read(Path file, Function<JsonNode, T> reader) {
        return read(file, reader, OF_A_RUN);
    }

    /**
     * The values of all lines; none where the file is absent.
     *
     * @param reader refuses what it cannot read by an {@link IllegalArgumentException}
     * @param allowed what a line should be, for people
     * @throws UserException with the first bad lines as file:line
     */
    public static <T> List<T> read(Path file, Function<JsonNode, T> reader, String allowed) {
        return lines(file, reader, allowed).stream().map(Line::value).toList();
    }

    /** Where a line stands in the run's history. */
    private record Place(String branch, long step) {}

    /**
     * Rewrites the file without what was written of later updates: the lines of the branch whose {@code step} is above
     * the given one, every later branch, and a torn last line. Lines that stay are kept byte for byte.
     *
     * @param branch the one that goes on
     */
    static void cutAfter(Path file, String branch, long step) {
        if (!Files.exists(file)) {
            return;
        }
        List<Line<Place>> all = lines(
                file,
                json -> {
                    JsonFields fields = new JsonFields(json);
                    return new Place(fields.text("branch", RunBranch.MAIN), fields.whole("step"));
                },
                OF_A_RUN);
        int end = 0; // behind the last line of this branch; what follows belongs to later ones
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).value().branch().equals(branch)) {
                end = i + 1;
            }
        }
        StringBuilder kept = new StringBuilder();
        for (Line<Place> line : all.subList(0, branch.equals(RunBranch.MAIN) || end > 0 ? end : all.size())) {
            if (!line.value().branch().equals(branch) || line.value().step() <= step) {
                kept.append(line.text()).append('\n');
            }
        }
        AtomicFile.write(file, kept.toString());
    }

    private static <T> List<Line<T>> lines(Path file, Function<JsonNode, T> reader, String allowed) {
        String[] texts = texts(file);
        List<Line<T>> lines = new ArrayList<>();
        List<Problem> problems = new ArrayList<>();
        int last = texts.length - 1;
        while (last >= 0 && texts[last].isBlank()) {
            last--;
        }
        for (int i = 0; i <= last; i++) {
            if (texts[i].isBlank()) {
                continue;
            }
            JsonNode json;
            try {
                json = JsonFields.JSON.readTree(texts[i]);
            } catch (JsonProcessingException e) {
                if (i < last) {
                    problems.add(problem(file, i, "not JSON: " + e.getOriginalMessage(), allowed));
                }
                continue;
            }
            try {
                lines.add(new Line<>(texts[i], reader.apply(json)));
            } catch (IllegalArgumentException e) {
                problems.add(problem(file, i, String.valueOf(e.getMessage()), allowed));
            }
        }
        if (!problems.isEmpty()) {
            int shown = Math.min(MAX_PROBLEMS, problems.size());
            throw new UserException(
                    file + " has " + problems.size() + " bad lines; the first " + shown + ":",
                    problems.subList(0, shown));
        }
        return lines;
    }

    private static Problem problem(Path file, int index, String what, String allowed) {
        return Problem.of(file + ":" + (index + 1), what, allowed);
    }

    private static String[] texts(Path file) {
        if (!Files.exists(file)) {
            return new String[0];
        }
        try {
            // a torn line may end inside a character, so bad bytes are replaced here and the line refused as JSON
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).split("\n", -1);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }
}
