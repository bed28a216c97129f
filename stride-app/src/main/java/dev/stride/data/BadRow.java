package dev.stride.data;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.Problem;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A row of a data file that cannot be an example.
 *
 * @param kind the sort of fault, for counting
 * @param where {@code file:line}; in a JSON array the line where the element starts
 * @param what what is wrong
 * @param expected what should stand there
 * @param raw the row as it stands in the file; bytes that are not UTF-8 appear as U+FFFD
 */
public record BadRow(Kind kind, String where, String what, String expected, String raw) {
    /** The sorts of faults. */
    public enum Kind {
        /** The bytes are not UTF-8, or the text holds half a surrogate pair. */
        NOT_UTF8("not UTF-8"),
        /** The row is no JSON. */
        INVALID_JSON("invalid JSON"),
        /** The rest of the file cannot be read; skipping bad rows does not help. */
        UNREADABLE_REST("rest of the file unreadable"),
        /** A key or column is missing. */
        MISSING_KEY("missing key"),
        /** A value has the wrong type. */
        WRONG_TYPE("wrong type"),
        /** A role that the format does not have. */
        WRONG_ROLE("wrong role"),
        /** A row of a table with too few or too many fields. */
        WRONG_FIELDS("wrong number of fields"),
        /** A conversation without messages. */
        EMPTY_CONVERSATION("empty conversation"),
        /** A conversation in which the assistant says nothing. */
        NO_ANSWER("no assistant message"),
        /** An assistant message that is trained but blank. */
        EMPTY_ANSWER("empty answer"),
        /** A prompt or text that is blank. */
        EMPTY_TEXT("empty text"),
        /** A label that the file of class names does not have. */
        UNKNOWN_LABEL("unknown label"),
        /** A tool's call and its result do not belong together. */
        TOOL_MISMATCH("tool call and result do not match");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        /** The fault in words. */
        public String words() {
            return words;
        }
    }

    /** This row in the form that all problems have. */
    public Problem toProblem() {
        return Problem.of(where, what, expected);
    }

    /**
     * Writes bad rows as JSON lines with the keys where, kind, what, expected and raw, so that they can be mended and
     * read again.
     */
    public static void write(Path file, List<BadRow> rows) {
        ObjectMapper mapper = new ObjectMapper();
        try (BufferedWriter writer = open(file)) {
            for (BadRow row : rows) {
                ObjectNode json = mapper.createObjectNode()
                        .put("where", row.where)
                        .put("kind", row.kind.words())
                        .put("what", row.what)
                        .put("expected", row.expected)
                        .put("raw", row.raw);
                writer.write(mapper.writeValueAsString(json));
                writer.write('\n');
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write bad rows to " + file + ": " + e.getMessage(), e);
        }
    }

    private static BufferedWriter open(Path file) throws IOException {
        Path folder = file.getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        return Files.newBufferedWriter(file);
    }
}
