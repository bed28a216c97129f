package dev.stride.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stride.config.Problem;
import dev.stride.config.UserException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code state.json} of a checkpoint: whatever a run must know besides tensors, as a tree.
 *
 * <p>Doubles and longs come back bit for bit. JSON has no word for NaN and the infinities; they are written as texts and
 * {@link #number} reads both.
 */
public final class StateFile {
    /** Its name in a checkpoint. */
    public static final String NAME = "state.json";

    private StateFile() {}

    /** Writes the tree. */
    public static void write(AtomicFolder folder, ObjectNode state) throws IOException {
        folder.writeText(NAME, JsonFile.text(state));
    }

    /**
     * Reads the tree of a checkpoint's folder.
     *
     * @throws UserException when there is none, or it is damaged
     */
    public static ObjectNode read(Path folder) {
        return JsonFile.read(folder.resolve(NAME));
    }

    /**
     * A number, also one that JSON cannot say.
     *
     * @param where what it is, for the message
     * @throws UserException when it is missing or no number
     */
    public static double number(JsonNode node, String where) {
        if (node.isNumber()) {
            return node.doubleValue();
        }
        return switch (node.asText()) {
            case "NaN" -> Double.NaN;
            case "Infinity" -> Double.POSITIVE_INFINITY;
            case "-Infinity" -> Double.NEGATIVE_INFINITY;
            default ->
                throw new UserException(
                        "Cannot use " + NAME, List.of(Problem.of(where, Printable.plain(node.toString()), "a number")));
        };
    }
}
